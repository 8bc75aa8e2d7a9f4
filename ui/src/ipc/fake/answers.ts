/** What the fake answers to each command. */
import type { Commands, Delivery, Message, StoredAccount } from '../contract';
import { callAnswers } from './calls';
import { details } from './details';
import { ask, understood } from './errands';
import { fileAnswers } from './files';
import { formAnswers } from './forms';
import { hueOf, presence } from './people';
import { page, search } from './reading';
import { serviceAnswers } from './services';
import { message } from './talk';
import { CHECKS } from './checks';
import { certificateFailure, failure, type World } from './world';

export type Answers = {
  [N in keyof Commands]: (
    world: World,
    request: Commands[N]['request'],
  ) => Promise<Commands[N]['response']> | Commands[N]['response'];
};

const later = (milliseconds: number, work: () => void) => void setTimeout(work, milliseconds);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const conversationId = (request: { account: string; peer: string }) => `${request.account}/${request.peer}`;

function progress(world: World, id: string, item: Message): void {
  const steps: [Delivery, number][] = [
    ['sending', 150],
    ['onServer', 500],
    ['delivered', 1100],
    ['read', 2000],
  ];
  for (const [delivery, after] of steps)
    later(after, () => {
      const now = world.messages.get(id)?.find((held) => held.id === item.id);
      if (now) world.put(id, { ...now, delivery });
    });
  later(2400, () => world.changeConversation(id, { chatState: 'composing' }));
  later(4200, () => {
    const order = world.nextOrder(id);
    world.changeConversation(id, { chatState: 'active' });
    world.put(id, message({ id: `reply-${order}`, order, at: Date.now(), body: 'Good. I will be there.' }));
  });
}

function signIn(world: World, jid: string, password: string, pin: string | null): { account: string } {
  if (jid.includes('selfsigned') && pin === null) throw certificateFailure(jid.split('@')[1] ?? jid);
  if (jid.includes('nohost')) throw failure('hostNotFound', { message: 'NXDOMAIN for _xmpp-client._tcp.nohost' });
  if (password === 'wrong') throw failure('notAuthorized', { condition: 'not-authorized' });
  if ([...world.accounts.values()].some((account) => account.jid === jid)) throw failure('alreadySignedIn');
  const account = world.populate(jid);
  world.views.accounts.delta([...world.accounts.values()]);
  world.views.roster.delta([...world.roster.values()]);
  world.views.conversations.delta([...world.conversations.values()]);
  world.views.requests.delta([...world.requests.values()]);
  return { account };
}

/** What of an account's messages is kept, about as large as a real folder would be. */
function stored(world: World, account: string): StoredAccount {
  const messages = [...world.messages].filter(([id]) => id.startsWith(`${account}/`)).flatMap(([, list]) => list);
  return {
    account,
    jid: world.accounts.get(account)?.jid ?? '',
    bytes: 180_224 + messages.length * 1_340,
    messages: messages.length,
    oldest: messages.length === 0 ? null : Math.min(...messages.map((item) => item.at)),
  };
}

/** Lets go of messages, as wiping and keeping for a time only do. */
function forget(world: World, account: string | null, before: number): void {
  for (const [id, list] of world.messages)
    if (account === null || id.startsWith(`${account}/`))
      for (const item of list.filter((held) => held.at < before)) world.drop(id, item.id);
}

export const answers: Answers = {
  ...callAnswers,
  ...fileAnswers,
  ...formAnswers,
  ...serviceAnswers,
  'account.details': details,
  'account.signIn': async (world, { jid, password, pin }) => {
    await pause(400);
    return signIn(world, jid, password, pin);
  },
  'account.registrationFields': async (_, { domain }) => {
    await pause(300);
    if (domain.includes('closed')) throw failure('registrationClosed', { condition: 'not-allowed' });
    return { instructions: 'Choose a user name and a password.', fields: ['username', 'password', 'email'] };
  },
  'account.register': (world, { domain, fields }) => {
    const name = fields.find((field) => field.name === 'username')?.value ?? '';
    if (name === 'taken') throw failure('nameTaken', { condition: 'conflict' });
    return signIn(world, `${name}@${domain}`, '', null);
  },
  'account.remove': (world, { account }) => {
    world.accounts.delete(account);
    const of = (list: Map<string, { id: string; account: string }>) => {
      const ids = [...list.values()].filter((item) => item.account === account).map((item) => item.id);
      for (const id of ids) list.delete(id);
      return ids;
    };
    world.views.accounts.delta([], [account]);
    world.views.conversations.delta([], of(world.conversations));
    world.views.roster.delta([], of(world.roster));
    world.views.requests.delta([], of(world.requests));
    return null;
  },
  'account.signOut': (world, { account }) => {
    world.changeAccount(account, { session: { state: 'offline' } });
    return null;
  },
  'account.connect': (world, { account }) => {
    world.changeAccount(account, { session: { state: 'connecting', step: 'tls' } });
    later(800, () => world.changeAccount(account, { session: { state: 'online', catchingUp: false } }));
    return null;
  },
  'account.setPassword': (world, { account, password }) => {
    if (password === 'wrong') throw failure('notAuthorized');
    world.changeAccount(account, { session: { state: 'online', catchingUp: false } });
    return null;
  },
  'account.pin': (world, { account }) => {
    world.changeAccount(account, { session: { state: 'online', catchingUp: false } });
    return null;
  },
  'account.setRoute': (world, { account }) => {
    world.changeAccount(account, { session: { state: 'online', catchingUp: false } });
    return null;
  },
  'account.setColour': (world, { account, hue }) => {
    const jid = world.accounts.get(account)?.jid ?? '';
    world.changeAccount(account, { hue: hue ?? hueOf(jid), coloured: hue !== null });
    return null;
  },
  'account.setPresence': (world, { account, show, status, priority }) => {
    world.changeAccount(account, { presence: { show, status, priority } });
    return null;
  },
  'account.test': (world, { account }) => {
    if (world.accounts.get(account)?.session.state !== 'online') throw failure('offline');
    return { checks: CHECKS };
  },
  'account.export': (world, { account }) => ({
    file: `/home/mira/Downloads/${world.accounts.get(account)?.jid ?? ''}-2026-11-26.xml`,
    contacts: 12,
    messages: 3480,
  }),
  'account.import': (_world, { text, last }) => {
    const told = { from: null, contacts: 0, blocked: 0, messages: 0, known: 0, leftOut: 0, failure: null };
    if (!text.includes('urn:xmpp:pie:0'))
      return { ...told, failure: failure('invalidFile', { message: 'it holds no data of an account' }) };
    const messages = last ? 1200 : 600;
    return { ...told, from: 'mira@old.example', contacts: 3, blocked: 1, messages, known: 20, leftOut: 2 };
  },
  'console.send': (world, { account, xml }) => {
    if (!/^<(message|presence|iq)\b/.test(xml.trim()))
      throw failure('invalidStanza', { message: 'only message, presence and iq can be sent' });
    if (world.accounts.get(account)?.session.state !== 'online') throw failure('offline');
    world.streamed(xml.trim(), true);
    return null;
  },
  'roster.add': (world, { account, jid, name, groups }) => {
    if (jid.includes('nobody')) throw failure('notFound', { condition: 'item-not-found', retry: 'cancel' });
    const blank = world.blank(account, jid);
    const contact = {
      id: blank.id,
      order: world.roster.size,
      account,
      jid,
      name: name || jid,
      groups,
      subscription: 'none' as const,
      pending: true,
      preApproved: true,
      blocked: false,
      hue: blank.hue,
      avatar: null,
      presence: presence('offline'),
    };
    world.roster.set(contact.id, contact);
    world.changeContact(contact.id, {});
    return null;
  },
  'roster.update': (world, { account, jid, name, groups }) => {
    world.changeContact(`${account}/${jid}`, { name: name || jid, groups });
    return null;
  },
  'roster.remove': (world, { account, jid }) => {
    const id = `${account}/${jid}`;
    world.roster.delete(id);
    world.views.roster.delta([], [id]);
    world.changeConversation(id, { inRoster: false });
    return null;
  },
  'roster.subscribe': (world, { account, jid, action }) => {
    const id = `${account}/${jid}`;
    if (world.requests.delete(id)) world.views.requests.delta([], [id]);
    const now = world.roster.get(id)?.subscription ?? 'none';
    const to = now === 'to' || now === 'both';
    const from = now === 'from' || now === 'both';
    const named = (a: boolean, b: boolean) => (a && b ? 'both' : a ? 'to' : b ? 'from' : 'none');
    if (action === 'unsubscribe') world.changeContact(id, { subscription: named(false, from), pending: false });
    else if (action === 'request') world.changeContact(id, { pending: true });
    else if (action === 'approve') world.changeContact(id, { subscription: named(to, true) });
    else world.changeContact(id, { subscription: named(to, false) });
    return null;
  },
  'contact.details': (world, { account, jid }) => {
    const contact = world.roster.get(`${account}/${jid}`);
    if (!contact) throw failure('notFound');
    const juliet = jid.startsWith('juliet');
    return {
      contact,
      fullName: juliet ? 'Juliet Capulet' : null,
      nickname: juliet ? 'Jule' : null,
      email: juliet ? 'juliet@post.example' : null,
      organisation: juliet ? 'House of Capulet' : null,
      birthday: juliet ? '1 August' : null,
      url: juliet ? 'https://capulet.example/~juliet' : null,
      note: null,
      devices:
        contact.presence.show === 'offline'
          ? []
          : [
              { resource: 'balcony', presence: contact.presence, client: 'Conversations 2.19' },
              { resource: 'chamber', presence: presence('away'), client: null },
            ],
    };
  },
  'avatar.get': () => {
    throw failure('notFound');
  },
  'blocking.set': (world, { account, jid, blocked }) => {
    const id = `${account}/${jid}`;
    if (world.requests.delete(id)) world.views.requests.delta([], [id]);
    if (world.roster.has(id)) world.changeContact(id, { blocked });
    else world.changeConversation(id, { blocked });
    return null;
  },
  'blocking.list': (world, { account }) => ({
    jids: [...world.roster.values()].filter((item) => item.account === account && item.blocked).map((item) => item.jid),
  }),
  'conversation.open': (world, request) => {
    const id = conversationId(request);
    if (!world.conversations.has(id)) {
      world.conversations.set(id, world.blank(request.account, request.peer));
      world.changeConversation(id, {});
    }
    return null;
  },
  'conversation.close': (world, request) => {
    const id = conversationId(request);
    world.conversations.delete(id);
    world.views.conversations.delta([], [id]);
    return null;
  },
  'conversation.draft': (world, request) => {
    world.changeConversation(conversationId(request), { draft: request.text });
    return null;
  },
  'conversation.typing': () => null,
  'conversation.notify': (world, request) => {
    world.changeConversation(conversationId(request), { notify: request.notify });
    return null;
  },
  'conversation.read': (world, request) => {
    const id = conversationId(request);
    world.firstUnread.delete(id);
    world.changeConversation(id, { unread: 0 });
    return null;
  },
  'timeline.page': async (world, request) => {
    await pause(30);
    return page(world, request);
  },
  'message.send': (world, request) => {
    const id = conversationId(request);
    if (request.body.trim() === '') throw failure('empty');
    if (request.body.length > 10_000) throw failure('tooLong', { condition: 'policy-violation', retry: 'modify' });
    if (!world.conversations.has(id)) world.conversations.set(id, world.blank(request.account, request.peer));
    const order = world.nextOrder(id);
    const item = message({
      id: `own-${order}`,
      order,
      at: Date.now(),
      body: request.body,
      outgoing: true,
      delivery: 'queued',
    });
    world.put(id, item);
    if (world.accounts.get(request.account)?.session.state === 'online') progress(world, id, item);
    return { account: request.account, id: item.id };
  },
  'message.retry': (world, { id }) => {
    for (const [key, list] of world.messages) {
      const item = list.find((held) => held.id === id);
      if (item) {
        world.put(key, { ...item, delivery: 'queued', failure: null });
        progress(world, key, item);
      }
    }
    return null;
  },
  'message.discard': (world, { id }) => {
    for (const [key, list] of world.messages) if (list.some((held) => held.id === id)) world.drop(key, id);
    return null;
  },
  'message.source': (_, { id }) =>
    `<message xmlns='jabber:client' type='chat' id='${id}'>\n  <body>Did the new form come through?</body>\n</message>`,
  'search.messages': async (world, request) => {
    await pause(40);
    return search(world, request);
  },
  'settings.get': (world) => world.settings,
  'settings.set': (world, settings) => {
    world.settings = settings;
    if (['file', 'refused', 'nowhere'].includes(world.info.passwords))
      world.info = { ...world.info, passwords: settings.passwordFile ? 'file' : 'nowhere' };
    if (settings.keepDays !== null) forget(world, null, world.now - settings.keepDays * 86_400_000);
    return null;
  },
  'app.focus': () => null,
  'app.info': (world) => world.info,
  'app.log': () => ({ lines: ['12:00:01 INFO session: connected to xmpp.orchard.example:5223'] }),
  'app.dismissCrashReport': (world) => {
    world.info = { ...world.info, crashReport: null };
    return null;
  },
  'storage.get': async (world) => {
    await pause(80);
    return { accounts: [...world.accounts.keys()].map((account) => stored(world, account)) };
  },
  'storage.wipe': (world, { account }) => {
    forget(world, account, Infinity);
    return null;
  },
  'desktop.get': (world) => world.desktop,
  'desktop.setStartAtLogin': (world, { start }) => {
    world.desktop = { ...world.desktop, startAtLogin: start };
    return null;
  },
  'desktop.close': (world, { hide }) => {
    world.settings = { ...world.settings, onClose: hide ? 'hide' : 'quit' };
    return null;
  },
  'desktop.quit': () => null,
  'desktop.tryNotification': (world) => {
    if (!world.desktop.notifications)
      throw failure('noDesktop', { message: 'org.freedesktop.Notifications: no owner' });
    return null;
  },
  'link.open': (world, { uri }) => {
    const link = understood(uri);
    if (!link) throw failure('invalidLink', { message: uri });
    ask(world, { task: 'followLink', link });
    return null;
  },
  'errand.done': (world, { id }) => {
    if (world.errands.delete(id)) world.views.errands.delta([], [id]);
    return null;
  },
  'demo.start': async (world) => {
    await pause(600);
    return signIn(world, 'you@demo.localhost', '', null);
  },
};
