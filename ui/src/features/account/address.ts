/** What a person may type as an address; the backend has the last word (RFC 7622). */

/** `name@server`, with something on both sides, no spaces, and none of the characters RFC 7622 §3.3.1 forbids in the name. */
export function looksLikeAddress(text: string): boolean {
  const address = text.trim();
  const at = address.indexOf('@');
  if (at <= 0) return false;
  const local = address.slice(0, at);
  const domain = address.slice(at + 1).split('/')[0] ?? '';
  return !/[\s"&'/:<>@]/.test(local) && domain.length > 0 && !/[\s@]/.test(domain);
}

/** Without what copying drags along: spaces, and the scheme of an XMPP link. */
export const tidyAddress = (text: string) =>
  text
    .trim()
    .replace(/^xmpp:/i, '')
    .replace(/\?.*$/, '');
