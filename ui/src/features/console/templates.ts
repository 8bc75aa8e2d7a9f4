/** Stanzas to begin with. Technical text, the same in every language; what is to be filled in stands in capitals. */
export const TEMPLATES = {
  message: `<message to="SOMEBODY@EXAMPLE.ORG" type="chat">
  <body>TEXT</body>
</message>`,
  presence: `<presence>
  <show>away</show>
  <status>TEXT</status>
</presence>`,
  ping: `<iq type="get" to="EXAMPLE.ORG">
  <ping xmlns="urn:xmpp:ping"/>
</iq>`,
  discoInfo: `<iq type="get" to="EXAMPLE.ORG">
  <query xmlns="http://jabber.org/protocol/disco#info"/>
</iq>`,
  discoItems: `<iq type="get" to="EXAMPLE.ORG">
  <query xmlns="http://jabber.org/protocol/disco#items"/>
</iq>`,
  roster: `<iq type="get">
  <query xmlns="jabber:iq:roster"/>
</iq>`,
  pubsubItems: `<iq type="get" to="SOMEBODY@EXAMPLE.ORG">
  <pubsub xmlns="http://jabber.org/protocol/pubsub">
    <items node="NODE"/>
  </pubsub>
</iq>`,
} as const;

export type Template = keyof typeof TEMPLATES;

/** Filled in as far as the account allows. */
export function template(name: Template, address: string): string {
  return TEMPLATES[name].replaceAll('"EXAMPLE.ORG"', `"${address.slice(address.indexOf('@') + 1)}"`);
}
