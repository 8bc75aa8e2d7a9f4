/** Files in the fake. Transfers stand where they are until a test moves them; in the browser they hurry on. */
import type {
  Commands,
  Failure,
  File,
  FileKind,
  GalleryItem,
  Message,
  Staged,
  Transfer,
  TransferStage,
} from '../contract';
import { linksOf } from '../../features/conversation/rows';
import type { Answers } from './answers';
import { fileOf } from './bytes';
import { fakeFile } from './fileTalk';
import { message } from './talk';
import { failure, type World } from './world';

const KINDS: [RegExp, FileKind, string][] = [
  [/\.(png|jpe?g|webp|gif)$/i, 'image', 'image/png'],
  [/\.(opus|ogg|mp3|wav)$/i, 'audio', 'audio/ogg'],
  [/\.(mp4|webm)$/i, 'video', 'video/mp4'],
  [/\.(zip|tar|gz)$/i, 'archive', 'application/zip'],
  [/\.(txt|pdf|md)$/i, 'text', 'text/plain'],
];

let count = 0;

export function stage(world: World, name: string, size: number, part: Partial<Staged> = {}): Staged {
  const [, kind, mediaType] = KINDS.find(([pattern]) => pattern.test(name)) ?? [null, 'other' as const, ''];
  const staged: Staged = {
    id: `staged-${(count += 1)}`,
    name,
    mediaType,
    kind,
    size,
    width: kind === 'image' ? 1600 : null,
    height: kind === 'image' ? 1200 : null,
    thumbnail: null,
    folder: false,
    ...part,
  };
  world.staged.set(staged.id, staged);
  return staged;
}

function messageOf(world: World, account: string, file: string): [string, Message] | undefined {
  for (const [id, list] of world.messages) {
    const found = id.startsWith(`${account}/`) && list.find(({ files }) => files.some((held) => held.id === file));
    if (found) return [id, found];
  }
  return undefined;
}

/** Changes a file wherever it is shown. */
export function changeFile(world: World, account: string, id: string, part: Partial<File>): void {
  const found = messageOf(world, account, id);
  if (!found) return;
  const [conversation, item] = found;
  world.put(conversation, {
    ...item,
    files: item.files.map((file) => (file.id === id ? { ...file, ...part } : file)),
  });
}

/** Begins a transfer, or changes how it stands. */
export function transfer(world: World, account: string, file: string, part: Partial<Transfer> = {}): void {
  const id = `${account}/${file}`;
  const found = messageOf(world, account, file);
  const held = fileOf(world, account, file);
  if (!found || !held) return;
  const next: Transfer = {
    id,
    order: world.now + world.transfers.size,
    account,
    peer: found[0].slice(account.length + 1),
    file,
    name: held.name,
    outgoing: found[1].outgoing,
    stage: { stage: 'waiting' },
    done: 0,
    total: held.size,
    speed: 0,
    left: null,
    way: held.way,
    why: held.why,
    ...world.transfers.get(id),
    ...part,
  };
  world.transfers.set(id, next);
  world.views.transfers.delta([next]);
  if (held.state !== 'moving') changeFile(world, account, file, { state: 'moving', failure: null });
}

export function endTransfer(world: World, account: string, file: string, part: Partial<File>): void {
  const id = `${account}/${file}`;
  if (world.transfers.delete(id)) world.views.transfers.delta([], [id]);
  changeFile(world, account, file, part);
}

/** The bytes are all there. */
export function arrive(world: World, account: string, file: string): void {
  endTransfer(world, account, file, { state: 'here' });
  const found = messageOf(world, account, file);
  if (found?.[1].outgoing) world.put(found[0], { ...found[1], delivery: 'delivered' });
}

export function breakOff(world: World, account: string, file: string, why: Failure): void {
  endTransfer(world, account, file, { state: 'failed', failure: why });
}

/** Somebody does not want it: the person, or they. */
export function callOff(world: World, account: string, file: string, by: 'cancelled' | 'declinedByThem'): void {
  endTransfer(world, account, file, { state: 'cancelled', failure: failure(by) });
  const found = messageOf(world, account, file);
  if (found?.[1].outgoing && found[1].delivery === 'queued')
    world.put(found[0], { ...found[1], delivery: 'failed', failure: failure(by) });
}

const STEPS: [number, TransferStage['stage'], number][] = [
  [400, 'preparing', 0],
  [900, 'moving', 0.2],
  [2200, 'moving', 0.55],
  [3400, 'moving', 0.9],
  [4200, 'finishing', 1],
];

function begin(world: World, account: string, file: string): void {
  transfer(world, account, file);
  if (!world.hurries) return;
  const total = fileOf(world, account, file)?.size ?? 0;
  for (const [after, step, share] of STEPS)
    setTimeout(() => {
      const now = world.transfers.get(`${account}/${file}`);
      if (!now || now.stage.stage === 'paused') return;
      const speed = step === 'moving' ? total / 4 : 0;
      const done = Math.round(total * share);
      transfer(world, account, file, {
        stage: { stage: step } as TransferStage,
        done,
        speed,
        left: speed > 0 ? Math.ceil((total - done) / speed) : null,
      });
    }, after);
  setTimeout(
    () => world.transfers.get(`${account}/${file}`)?.stage.stage === 'finishing' && arrive(world, account, file),
    4600,
  );
}

function send(world: World, { account, peer, files, caption, direct }: Commands['file.send']['request']): null {
  const id = `${account}/${peer}`;
  if (!world.conversations.has(id)) world.conversations.set(id, world.blank(account, peer));
  const say = (part: Partial<Message>) => {
    const order = world.nextOrder(id);
    world.put(
      id,
      message({ id: `own-${order}`, order, at: Date.now(), body: '', outgoing: true, delivery: 'queued', ...part }),
    );
  };
  for (const staged of files.map((key) => world.staged.get(key))) {
    if (!staged) throw failure('fileGone');
    const { name, mediaType, kind, size, width, height, thumbnail } = staged;
    const own = fakeFile({ id: `file-${staged.id}`, name, mediaType, kind, size, width, height, thumbnail });
    const way = direct ? ({ way: 'dataChannel', why: { reason: 'chosen' } } as const) : {};
    say({ files: [{ ...own, ...way, state: 'moving', inline: ['image', 'audio', 'video'].includes(kind) }] });
    world.staged.delete(staged.id);
    begin(world, account, own.id);
  }
  if (caption.trim() !== '') say({ body: caption });
  return null;
}

/** Bytes that came so far of what was dropped. */
const coming = new Map<string, { name: string; size: number }>();

function put(world: World, { id, name, data, last }: Commands['file.put']['request']) {
  const key = id ?? `put-${(count += 1)}`;
  const size = (coming.get(key)?.size ?? 0) + atob(data).length;
  coming.set(key, { name, size });
  return { id: key, staged: last ? stage(world, name, size, { id: key }) : null };
}

function page(world: World, { account, peer, what, before, limit }: Commands['gallery.page']['request']) {
  const all: GalleryItem[] = [];
  for (const { id, order, at, outgoing, files, body } of world.messages.get(`${account}/${peer}`) ?? []) {
    const place = { message: id, order, at, outgoing };
    const media = (file: File) => file.kind === 'image' || file.kind === 'video';
    if (what === 'links')
      for (const { text, link } of linksOf(body)) if (link === 'web') all.push({ ...place, file: null, link: text });
    if (what !== 'links')
      for (const file of files) if (media(file) === (what === 'media')) all.push({ ...place, file, link: null });
  }
  const older = all.filter(({ order }) => before === null || order < before).reverse();
  return { items: older.slice(0, limit), atStart: older.length <= limit };
}

/** How a voice message stands that is spoken just now. */
export function record(world: World, part: { length?: number; level?: number; failure?: Failure | null } | null): null {
  const before = world.recording ?? { id: 'recording', order: 0, length: 0, level: 0, failure: null };
  world.recording = part && { ...before, ...part };
  if (world.recording) world.views.recording.delta([world.recording]);
  else world.views.recording.delta([], ['recording']);
  return null;
}

const here = (world: World, account: string, id: string): File => {
  const file = fileOf(world, account, id);
  if (!file) throw failure('notFound');
  if (file.state !== 'here') throw failure('fileGone');
  return file;
};

export const fileAnswers = {
  'file.pick': (world, { folder }) => ({
    files: folder
      ? [stage(world, 'herbarium', 48_200_000, { folder: true })]
      : [stage(world, 'balcony.jpg', 2_400_000), stage(world, 'letter.pdf', 84_000)],
  }),
  'file.put': put,
  'file.stage': (world, { account, id }) => {
    const { name, size } = here(world, account, id);
    return { files: [stage(world, name, size ?? 0)] };
  },
  'file.unstage': (world, { id }) => {
    world.staged.delete(id);
    coming.delete(id);
    return null;
  },
  'file.send': send,
  'file.start': (world, { account, id }) => {
    begin(world, account, id);
    return null;
  },
  'file.pause': (world, { account, id }) => {
    transfer(world, account, id, { stage: { stage: 'paused' }, speed: 0, left: null });
    return null;
  },
  'file.cancel': (world, { account, id }) => {
    callOff(world, account, id, 'cancelled');
    return null;
  },
  'file.open': (world, { account, id }) => {
    here(world, account, id);
    return null;
  },
  'file.show': (world, { account, id }) => {
    here(world, account, id);
    return null;
  },
  'file.save': (world, { account, id }) => ({ path: `/home/mira/Pictures/${here(world, account, id).name}` }),
  'voice.record': (world) => record(world, {}),
  'voice.stop': (world, { keep }) => {
    const spoken = world.recording;
    record(world, null);
    return { files: keep && spoken && !spoken.failure ? [stage(world, 'voice-message.opus', 42_000)] : [] };
  },
  'gallery.page': page,
} satisfies Partial<Answers>;
