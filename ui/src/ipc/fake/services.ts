/** Services of the fake: a server with all there is, a directory, a gateway, commands of several steps. */
import type {
  Commands,
  CommandStep,
  Field,
  HandedIn,
  Service,
  ServiceItem,
  ServiceKind,
  ServiceOffer,
} from '../contract';
import { everyControl, faultsOf, field, hold, inPages, long, options, peopleTable } from './forms';
import { failure, type World } from './world';

type Names = Extract<keyof Commands, `service.${string}` | `directory.${string}` | `registration.${string}`>;
type Answers = {
  [N in Names]: (
    world: World,
    request: Commands[N]['request'],
  ) => Promise<Commands[N]['response']> | Commands[N]['response'];
};

interface Known {
  name: string;
  kind: ServiceKind;
  identity: [string, string];
  offers: ServiceOffer[];
}

const AT: Record<string, Known> = {
  '': { name: 'The Orchard', kind: 'server', identity: ['server', 'im'], offers: ['browse', 'commands'] },
  'rooms.': { name: 'Rooms of the orchard', kind: 'rooms', identity: ['conference', 'text'], offers: ['browse'] },
  'people.': { name: 'Who is who', kind: 'directory', identity: ['directory', 'user'], offers: ['search'] },
  'sms.': { name: 'Text messages', kind: 'gateway', identity: ['gateway', 'sms'], offers: ['register', 'commands'] },
  'fax.': { name: 'Telefax', kind: 'gateway', identity: ['gateway', 'fax'], offers: ['register'] },
  'feeds.': { name: 'Feeds', kind: 'publishing', identity: ['pubsub', 'service'], offers: ['browse'] },
  'share.': { name: 'Files', kind: 'upload', identity: ['store', 'file'], offers: [] },
  'proxy.': { name: 'Ways for files', kind: 'proxy', identity: ['proxy', 'bytestreams'], offers: [] },
  'gardener.': { name: 'The gardener', kind: 'bot', identity: ['automation', 'command-list'], offers: ['commands'] },
};
const OTHER: Known = { name: '', kind: 'other', identity: ['component', 'generic'], offers: ['browse'] };

const serverOf = (world: World, account: string) => (world.accounts.get(account)?.jid ?? '').split('@')[1] ?? '';

function online(world: World, account: string): void {
  if (world.accounts.get(account)?.session.state !== 'online') throw failure('offline');
}

function known(server: string, address: string): Known {
  if (address === '' || address === server) return { ...OTHER, ...AT[''] };
  if (address.includes('nowhere'))
    throw failure('theirServerUnreachable', { condition: 'remote-server-not-found', retry: 'cancel' });
  const found = address.endsWith(server) ? AT[address.slice(0, -server.length)] : undefined;
  if (found) return found;
  return address.includes('@rooms.')
    ? { ...OTHER, name: address, kind: 'room', offers: [] }
    : { ...OTHER, name: address };
}

function look(world: World, account: string, asked: string, node: string | null): Service {
  const server = serverOf(world, account);
  const address = asked === '' ? server : asked;
  const { name, kind, identity, offers } = known(server, address);
  const [category, type] = identity;
  return {
    address,
    node,
    name: node ?? name,
    kind: node === null ? kind : 'other',
    identities: [{ category, kind: type, name }],
    features: ['http://jabber.org/protocol/disco#info', 'http://jabber.org/protocol/disco#items', 'jabber:iq:version'],
    offers: node === null ? offers : ['browse'],
    forms:
      kind === 'server' && node === null
        ? [
            hold(world, {
              kind: 'result',
              title: 'About this server',
              fields: [
                field(0, { var: 'abuse', label: 'Rules', asked: false, values: ['Be kind.', 'Shut the gate.'] }),
                field(1, {
                  var: 'registered',
                  kind: 'boolean',
                  label: 'Takes new people',
                  asked: false,
                  values: ['1'],
                }),
                field(2, { var: 'people', label: 'People', asked: false, datatype: 'whole', values: ['12480'] }),
              ],
            }),
          ]
        : [],
    contacts:
      kind === 'server'
        ? [
            { role: 'admin', addresses: [`xmpp:nurse@${server}`, `mailto:post@${server}`] },
            { role: 'support', addresses: [`https://${server}/help`] },
          ]
        : [],
  };
}

function items(server: string, address: string, node: string | null): ServiceItem[] {
  const at = address === '' ? server : address;
  if (node !== null)
    return node.split('/').length > 3
      ? []
      : ['spring', 'summer'].map((name) => ({ address: at, node: `${node}/${name}`, name }));
  if (at === server)
    return Object.entries(AT)
      .filter(([host]) => host !== '')
      .map(([host, { name }]) => ({ address: `${host}${server}`, node: null, name }));
  if (at.startsWith('rooms.'))
    return Array.from({ length: 130 }, (_, index) => ({
      address: `bed-${index + 1}@${at}`,
      node: null,
      name: `Bed ${index + 1}`,
    }));
  if (at.startsWith('feeds.')) return ['news', 'weather', 'harvest'].map((name) => ({ address: at, node: name, name }));
  return [];
}

/** What a command answers at each step. */
const step = (part: Partial<CommandStep>): CommandStep => ({
  session: 'session-1',
  state: 'executing',
  notes: [],
  forms: [],
  links: [],
  actions: [],
  usual: null,
  faults: [],
  failure: null,
  ...part,
});
const done = (part: Partial<CommandStep>) => step({ state: 'completed', session: null, ...part });

const COMMANDS: Record<string, string> = {
  plant: 'Plant something',
  every: 'Every kind of question',
  pages: 'Set up a room',
  long: 'A very long form',
  rows: 'Everybody, in a table',
  weather: 'What is the weather like?',
  expire: 'Something that takes too long',
  forbidden: 'Something for the owner only',
};

function begin(world: World, node: string): CommandStep {
  const one = { actions: ['complete'], usual: 'complete' } as const;
  switch (node) {
    case 'every':
      return step({ ...one, actions: ['complete'], forms: [everyControl(world)] });
    case 'pages':
      return step({ ...one, actions: ['complete'], forms: [inPages(world)] });
    case 'long':
      return step({ ...one, actions: ['complete'], forms: [long(world)] });
    case 'rows':
      return done({
        notes: [{ kind: 'info', text: 'This took no time at all.' }],
        forms: [hold(world, { kind: 'result', title: 'Everybody', fields: [], table: peopleTable(10_000) })],
      });
    case 'weather':
      return done({
        notes: [
          { kind: 'info', text: 'It is fair.' },
          { kind: 'warn', text: 'A storm is on its way.' },
          { kind: 'error', text: 'The barometer does not answer.' },
        ],
        links: [{ url: 'https://weather.example/orchard', text: 'The forecast' }],
      });
    case 'forbidden':
      throw failure('forbidden', { condition: 'forbidden', retry: 'auth' });
    default:
      return step({ actions: ['next'], usual: 'next', forms: [what(world)] });
  }
}

const what = (world: World) =>
  hold(world, {
    title: 'What shall be planted?',
    instructions: ['Two more steps follow.'],
    fields: [
      field(1, {
        var: 'herb',
        kind: 'listSingle',
        label: 'Herb',
        required: true,
        options: options('Sage', 'Mint', 'Rue', 'Dill'),
      }),
      field(2, { var: 'beds', label: 'Beds', datatype: 'whole', min: '1', max: '12', values: ['3'] }),
    ],
  });

const when = (world: World) =>
  hold(world, {
    title: 'When?',
    fields: [field(1, { var: 'day', label: 'Day', datatype: 'date', required: true })],
  });

function run(world: World, request: Commands['service.command']['request']): CommandStep {
  const { node, session, action, form, answers } = request;
  if (action === 'cancel') return done({ state: 'canceled' });
  if (session === null) return begin(world, node);
  if (node === 'expire')
    return step({
      failure: failure('refused', { condition: 'session-expired', retry: 'cancel' }),
      actions: ['next'],
      usual: 'next',
    });
  const before = form === null ? undefined : world.forms.get(form);
  const faults = before && action !== 'prev' ? faultsOf(before, answers) : [];
  const first = session === 'session-1';
  if (faults.length > 0)
    return step({
      session,
      faults,
      actions: first ? ['next'] : ['prev', 'complete'],
      usual: first ? 'next' : 'complete',
    });
  if (node !== 'plant' || (action !== 'prev' && !first))
    return done({ notes: [{ kind: 'info', text: 'Done. Thank you.' }] });
  if (action === 'prev') return step({ actions: ['next'], usual: 'next', forms: [what(world)] });
  return step({ session: 'session-2', actions: ['prev', 'complete'], usual: 'complete', forms: [when(world)] });
}

const nothing: HandedIn = { form: null, faults: [], failure: null };
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const serviceAnswers: Answers = {
  'service.look': async (world, { account, address, node }) => {
    online(world, account);
    if (world.hurries) await pause(150);
    return look(world, account, address, node);
  },
  'service.items': async (world, { account, address, node, after }) => {
    online(world, account);
    if (world.hurries) await pause(200);
    const all = items(serverOf(world, account), address, node);
    const from = Number(after ?? 0);
    const next = from + 50 < all.length ? String(from + 50) : null;
    return { items: all.slice(from, from + 50), after: next, count: all.length, cut: false };
  },
  'service.commands': (world, { account, address }) => {
    online(world, account);
    const at = address === '' ? serverOf(world, account) : address;
    return { commands: Object.entries(COMMANDS).map(([node, name]) => ({ address: at, node, name })) };
  },
  'service.command': async (world, request) => {
    online(world, request.account);
    if (world.hurries) await pause(200);
    return run(world, request);
  },
  'directory.form': (world, { account }) => {
    online(world, account);
    const form = hold(world, {
      title: 'Find people',
      instructions: ['Fill in one or more. A star stands for anything.'],
      fields: [
        field(1, { var: 'first', label: 'Given name' }),
        field(2, { var: 'last', label: 'Family name' }),
        field(3, { var: 'email', label: 'E-mail' }),
      ],
    });
    return { form, link: null, registered: false };
  },
  'directory.search': async (world, { form, answers }) => {
    if (world.hurries) await pause(300);
    const faults = faultsOf(world.forms.get(form), answers);
    if (faults.length > 0) return { ...nothing, faults };
    const wanted = (id: number) => answers.find((answer) => answer.field === id)?.values[0]?.toLowerCase() ?? '';
    const table = peopleTable(400);
    const rows = table.rows.filter(
      ({ cells }) => cells[1]?.toLowerCase().startsWith(wanted(1)) && cells[2]?.toLowerCase().startsWith(wanted(2)),
    );
    return { ...nothing, form: hold(world, { kind: 'result', fields: [], table: { ...table, rows } }) };
  },
  'registration.form': (world, { account, address }) => {
    online(world, account);
    if (address.startsWith('fax.'))
      return { form: null, link: { url: 'https://fax.example/register', text: null }, registered: false };
    const fields: Field[] = [
      field(1, { var: 'username', label: 'Telephone number', required: true }),
      field(2, { var: 'password', kind: 'textPrivate', label: 'Password', required: true }),
    ];
    const form = hold(world, { instructions: ['Text messages will come to your chats.'], fields });
    return { form, link: null, registered: world.registered.has(`${account}/${address}`) };
  },
  'registration.submit': (world, { account, address, form, answers }) => {
    const faults = faultsOf(world.forms.get(form), answers);
    if (faults.length > 0) return { ...nothing, faults };
    if (answers.some(({ values }) => values[0] === 'taken'))
      return { ...nothing, failure: failure('nameTaken', { condition: 'conflict', retry: 'cancel' }) };
    world.registered.add(`${account}/${address}`);
    return nothing;
  },
  'registration.end': (world, { account, address }) => {
    world.registered.delete(`${account}/${address}`);
    return null;
  },
};
