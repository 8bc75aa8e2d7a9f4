/** Files that are to be sent, per conversation: chosen, dropped, pasted or spoken, and not sent yet. */
import type { ConversationId, Failure, Staged, StagedFiles } from '../ipc/contract';
import { asFailure, type Transport } from '../ipc/transport';

/** Bytes that go over the border at once. */
const PART = 1024 * 1024;

/** One that was dropped or pasted, while the backend takes it over. */
export interface Incoming {
  key: number;
  name: string;
  size: number;
  done: number;
}

/** Bytes as base64, in pieces that fit a call's arguments. */
async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(
    await blob.arrayBuffer().catch((thrown: unknown) => {
      // A folder, or what may not be read.
      throw { ...asFailure(thrown), code: 'notAFile' } satisfies Failure;
    }),
  );
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

export class Staging {
  files = $state.raw<readonly Staged[]>([]);
  incoming = $state.raw<readonly Incoming[]>([]);
  /** Photos keep what they tell of camera and place. */
  original = $state(false);
  /** Not over the upload service. */
  direct = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** A folder was dropped, which only the desktop's own chooser can hand over. */
  refusedFolder = $state(false);
  sending = $state(false);
  /** A voice message is being recorded. */
  speaking = $state(false);

  #key = 0;
  #unwanted = new Set<number>();

  constructor(private readonly transport: Transport) {}

  get empty(): boolean {
    return this.files.length === 0 && this.incoming.length === 0;
  }

  /** Everything that is to be sent is in the backend's hands. */
  get ready(): boolean {
    return this.files.length > 0 && this.incoming.length === 0 && !this.sending;
  }

  get photos(): boolean {
    return this.files.some(({ kind, mediaType }) => kind === 'image' || /^image\/(?!svg)/.test(mediaType));
  }

  pick(folder: boolean): Promise<void> {
    return this.take(this.transport.rpc('file.pick', { folder }));
  }

  /** Takes what the backend staged. */
  async take(answer: Promise<StagedFiles>): Promise<void> {
    this.forgive();
    try {
      const { files } = await answer;
      this.files = [...this.files, ...files];
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** Dropped or pasted: one after the other, so that the first is there first. */
  async bring(blobs: readonly (Blob & { name?: string })[], nameless: string): Promise<void> {
    this.forgive();
    const all = blobs.map((blob) => ({
      blob,
      item: { key: (this.#key += 1), name: blob.name || nameless, size: blob.size, done: 0 },
    }));
    this.incoming = [...this.incoming, ...all.map(({ item }) => item)];
    for (const { blob, item } of all) await this.#put(item, blob);
  }

  async #put(item: Incoming, blob: Blob): Promise<void> {
    let id: string | null = null;
    try {
      for (let at = 0; ; at += PART) {
        if (this.#unwanted.has(item.key)) break;
        const data = await base64(blob.slice(at, at + PART));
        const last = at + PART >= blob.size;
        const answer: { id: string; staged: Staged | null } = await this.transport.rpc('file.put', {
          id,
          name: item.name,
          data,
          last,
        });
        id = answer.id;
        const done = Math.min(blob.size, at + PART);
        this.incoming = this.incoming.map((held) => (held.key === item.key ? { ...held, done } : held));
        if (answer.staged && !this.#unwanted.has(item.key)) this.files = [...this.files, answer.staged];
        if (last) break;
      }
      if (id !== null && this.#unwanted.has(item.key)) this.#unstage(id);
    } catch (thrown) {
      if (!this.#unwanted.has(item.key)) this.failure = asFailure(thrown);
      if (id !== null) this.#unstage(id);
    } finally {
      this.#unwanted.delete(item.key);
      this.incoming = this.incoming.filter(({ key }) => key !== item.key);
    }
  }

  refuseFolder(): void {
    this.refusedFolder = true;
  }

  /** Stops one that is still being taken over. */
  stop(key: number): void {
    this.#unwanted.add(key);
    this.incoming = this.incoming.filter((item) => item.key !== key);
  }

  remove(id: string): void {
    this.forgive();
    this.files = this.files.filter((file) => file.id !== id);
    this.#unstage(id);
  }

  /** Sends everything with words to it. Rejects where it was not kept; then everything stays. */
  async send({ account, peer }: ConversationId, caption: string): Promise<void> {
    this.forgive();
    this.sending = true;
    const sent = this.files;
    try {
      await this.transport.rpc('file.send', {
        account,
        peer,
        files: sent.map(({ id }) => id),
        caption,
        original: this.original,
        direct: this.direct,
      });
      this.files = this.files.filter((file) => !sent.includes(file));
      // Meant for these, not for whatever is sent next.
      this.original = false;
      this.direct = false;
    } finally {
      this.sending = false;
    }
  }

  // A voice message is spoken for one conversation.

  async record(): Promise<void> {
    this.forgive();
    try {
      await this.transport.rpc('voice.record', {});
      this.speaking = true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** Ends the recording; where it is kept, it is staged like a file. */
  async stopRecording(keep: boolean): Promise<void> {
    if (!this.speaking) return;
    this.speaking = false;
    await this.take(this.transport.rpc('voice.stop', { keep }));
  }

  /** What went wrong is not told any more. */
  forgive(): void {
    this.failure = null;
    this.refusedFolder = false;
  }

  #unstage(id: string): void {
    // What is left over is cleared away at the next start.
    void this.transport.rpc('file.unstage', { id }).catch(() => undefined);
  }
}

/** What is to be sent stays with its conversation while the person is elsewhere. */
export class Stagings {
  #all = new Map<string, Staging>();

  constructor(private readonly transport: Transport) {}

  of({ account, peer }: ConversationId): Staging {
    const id = `${account}/${peer}`;
    let staging = this.#all.get(id);
    if (!staging) {
      staging = new Staging(this.transport);
      this.#all.set(id, staging);
    }
    return staging;
  }
}
