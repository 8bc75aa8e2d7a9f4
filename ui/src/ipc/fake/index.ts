/**
 * An in-memory backend behind the same border, for tests and for looking at the interface in a plain browser
 * (`npm run dev -- --mode fake`). Never part of the production build.
 *
 * In the browser the address chooses what there is to see: `?fresh`, `?two`, `?long=100000`, `?language=de`,
 * `?language=pseudo`, `?theme=dark`, `?zoom=150`, `?session=waiting|password|keyring|certificate|conflict|offline`,
 * `?fatal=databaseTooNew`, `?nokeyring`, `?crash`, `?reset=theme,preview`, `?notray`, `?nonotifications`, `?dnd`,
 * `?files`, `?errand=open|compose|requests|message|stranger|subscribe|known|join|register|refuse|close|many` (several with commas).
 */
import type { Code, Commands, SessionState, Theme } from '../contract';
import type { ItemOf, Looking, Transport } from '../transport';
import type { Update, View } from '../contract';
import { answers } from './answers';
import { ask, errandsOf } from './errands';
import { bytesOf } from './bytes';
import { certificateFailure, failure, World, type WorldOptions } from './world';

export { World } from './world';

/** Nobody is filmed here. */
export const nothingToSee = (): Looking => ({ seen: () => undefined, askKey: () => undefined, end: () => undefined });

export class Fake implements Transport {
  readonly world: World;
  /** Every call, for tests to look at. */
  readonly calls: { name: keyof Commands; request: unknown }[] = [];
  /** Answers that a test sets in place of the world's. */
  readonly overrides: {
    [N in keyof Commands]?: (request: Commands[N]['request']) => Promise<Commands[N]['response']>;
  } = {};

  constructor(options: WorldOptions = {}) {
    this.world = new World(options);
  }

  async rpc<N extends keyof Commands>(name: N, request: Commands[N]['request']): Promise<Commands[N]['response']> {
    // As over the real border: what arrives is a copy.
    const copy = structuredClone(request);
    this.calls.push({ name, request: copy });
    await Promise.resolve();
    const override = this.overrides[name];
    return structuredClone(await (override ? override(copy) : answers[name](this.world, copy)));
  }

  look = nothingToSee;

  fileUrl = (account: string, id: string) => bytesOf(this.world, account, id);

  subscribe<V extends View>(view: V, onUpdates: (updates: Update<ItemOf<V>>[]) => void): () => void {
    const world = this.world;
    // The view's name decides the items' type, which TypeScript cannot follow through the switch.
    const listener = onUpdates as (updates: unknown[]) => void;
    switch (view.view) {
      case 'accounts':
        return world.views.accounts.subscribe(() => [...world.accounts.values()], listener);
      case 'roster':
        return world.views.roster.subscribe(() => [...world.roster.values()], listener);
      case 'requests':
        return world.views.requests.subscribe(() => [...world.requests.values()], listener);
      case 'trial':
        return world.views.trial.subscribe(() => [], listener);
      case 'transfers':
        return world.views.transfers.subscribe(() => [...world.transfers.values()], listener);
      case 'recording':
        return world.views.recording.subscribe(() => (world.recording ? [world.recording] : []), listener);
      case 'calls':
        return world.views.calls.subscribe(() => [...world.calls.values()], listener);
      case 'conversations':
        return world.views.conversations.subscribe(() => [...world.conversations.values()], listener);
      case 'errands':
        return world.views.errands.subscribe(() => [...world.errands.values()], listener);
      case 'timeline': {
        const id = `${view.account}/${view.peer}`;
        return world.timeline(id).subscribe(() => (world.messages.get(id) ?? []).slice(-50), listener);
      }
      case 'console':
        return world.views.console.subscribe(() => [], listener);
    }
  }
}

function sessionOf(name: string | null): SessionState | undefined {
  switch (name) {
    case 'waiting':
      return { state: 'waiting', failure: failure('unreachable'), retryAt: Date.now() + 8000 };
    case 'password':
      return { state: 'stopped', failure: failure('notAuthorized', { condition: 'not-authorized' }) };
    case 'keyring':
      return { state: 'stopped', failure: failure('keyring', { message: 'the collection is locked' }) };
    case 'certificate':
      return { state: 'stopped', failure: certificateFailure('orchard.example', 'pinMismatch') };
    case 'conflict':
      return { state: 'stopped', failure: failure('conflict', { condition: 'conflict' }) };
    case 'offline':
      return { state: 'offline' };
    default:
      return undefined;
  }
}

export function fakeFromLocation(location: Location): { transport: Transport; language: string | null } {
  const query = new URLSearchParams(location.search);
  const session = sessionOf(query.get('session'));
  const fatal = query.get('fatal');
  const fake = new Fake({
    fresh: query.has('fresh'),
    two: query.has('two'),
    long: Number(query.get('long') ?? 3000),
    files: query.has('files'),
    ...(session ? { session } : {}),
    info: {
      passwords: query.has('nokeyring') ? 'nowhere' : 'keyring',
      resetSettings: query.get('reset')?.split(',') ?? [],
      crashReport: query.has('crash') ? 'panicked at client/account.rs:42: index out of range' : null,
      fatal: fatal ? failure(fatal as Code) : null,
    },
    settings: {
      theme: (query.get('theme') ?? 'light') as Theme,
      zoom: Number(query.get('zoom') ?? 100),
      language: 'en',
    },
  });
  fake.world.hurries = true;
  const { desktop } = fake.world;
  if (query.has('notray')) Object.assign(desktop, { tray: false, startAtLogin: null });
  if (query.has('nonotifications')) desktop.notifications = null;
  if (query.has('dnd') && desktop.notifications)
    desktop.notifications = { ...desktop.notifications, doNotDisturb: true, sound: false, actions: false };
  const account = [...fake.world.accounts.keys()][0] ?? '';
  for (const kind of query.get('errand')?.split(',') ?? []) ask(fake.world, ...errandsOf(kind, account));
  // For looking and measuring from the browser's console.
  Object.assign(globalThis, { fake });
  const language = query.get('language') ?? localStorage.getItem('waxwing.language');
  if (language === 'de') fake.world.settings.language = 'de';
  return { transport: fake, language: language === 'pseudo' ? 'pseudo' : null };
}
