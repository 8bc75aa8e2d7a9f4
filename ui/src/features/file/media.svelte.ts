/** The bytes of sound or video, fetched when they are first played: the webview plays media from blobs alone. */
import type { Failure, File } from '../../ipc/contract';
import type { Transport } from '../../ipc/transport';

/** More is not held in memory: the desktop's own player opens it. */
export const PLAYABLE = 256 * 1024 * 1024;

export const isPlayable = ({ inline, state, size }: File) =>
  inline && state === 'here' && size !== null && size <= PLAYABLE;

/** Milliseconds in which what is in memory begins to play, if it ever does: WebKitGTK is silent about damaged files. */
const BEGINS = 6000;

export class Media {
  url = $state<string | null>(null);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** The webview does not know what to do with it. */
  broken = $state(false);
  blob: Blob | null = null;

  #ended = false;

  constructor(
    private readonly transport: Transport,
    private readonly account: string,
    private readonly id: string,
    private readonly mediaType: string,
  ) {}

  /** Answers whether it can be played now. */
  async load(): Promise<boolean> {
    if (this.url !== null) return true;
    if (this.loading) return false;
    this.loading = true;
    this.failure = null;
    try {
      const answer = await fetch(this.transport.fileUrl(this.account, this.id));
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const bytes = await answer.blob();
      if (this.#ended) return false;
      this.blob = new Blob([bytes], { type: this.mediaType });
      this.url = URL.createObjectURL(this.blob);
      return true;
    } catch (thrown) {
      this.failure = {
        code: 'fileGone',
        condition: null,
        retry: null,
        message: String(thrown),
        host: null,
        certificate: null,
      };
      return false;
    } finally {
      this.loading = false;
    }
  }

  /** What was fetched cannot be played. */
  refused(): void {
    this.broken = true;
    this.#forget();
  }

  /** For a player; answers what ends the waiting. */
  begins = (player: HTMLMediaElement): (() => void) => {
    const timer = setTimeout(() => player.readyState < player.HAVE_CURRENT_DATA && this.refused(), BEGINS);
    return () => clearTimeout(timer);
  };

  end(): void {
    this.#ended = true;
    this.#forget();
  }

  #forget(): void {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = null;
    this.blob = null;
  }
}

let playing: HTMLMediaElement | null = null;

/** One at a time: whatever played before pauses. */
export function playAlone(element: HTMLMediaElement): void {
  if (playing !== element && playing?.isConnected) playing.pause();
  playing = element;
}
