/** Draws the pictures of a call onto a canvas. */
import type { PictureOf } from '../../ipc/contract';
import type { Looking, Picture, Transport } from '../../ipc/transport';

/** Times that a decoder may fail before pictures are asked for that need none. */
const FAULTS = 5;

export class Screen {
  #decoder: VideoDecoder | undefined;
  /** Pictures that the decoder has; nothing before the first that needs none before it. */
  #within: number | undefined;
  #pen: CanvasRenderingContext2D | null | undefined;
  #looking: Looking | undefined;
  #faults = 0;
  #ended = false;

  constructor(
    private readonly transport: Transport,
    private readonly call: string,
    private readonly of: PictureOf,
    private readonly canvas: HTMLCanvasElement,
    private readonly painted: () => void,
  ) {
    const plain = typeof VideoDecoder === 'undefined';
    // Making one takes a while: better before the first picture is there.
    if (!plain && of.startsWith('their')) this.#decoder = this.#ready();
    this.#look(plain);
  }

  #look(plain: boolean): void {
    this.#looking = this.transport.look(this.call, this.of, plain, (picture) => this.#take(picture));
  }

  end(): void {
    this.#ended = true;
    this.#looking?.end();
    if (this.#decoder?.state === 'configured') this.#decoder.close();
  }

  #take({ kind, width, height, timestamp, data }: Picture): void {
    if (kind === 'plain') {
      const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
      this.#fit(width, height)?.putImageData(new ImageData(pixels, width, height), 0, 0);
      this.#shown();
      return;
    }
    if (this.#within === undefined && kind !== 'key') {
      // There is nothing to go on from.
      this.#looking?.seen();
      this.#looking?.askKey();
      return;
    }
    this.#within = (this.#within ?? 0) + 1;
    try {
      this.#decoder ??= this.#ready();
      this.#decoder.decode(new EncodedVideoChunk({ type: kind, timestamp, data }));
    } catch {
      this.#fault();
    }
  }

  #ready(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => this.#draw(frame),
      error: () => this.#fault(),
    });
    decoder.configure({ codec: 'vp8', optimizeForLatency: true });
    return decoder;
  }

  #draw(frame: VideoFrame): void {
    if (this.#within) this.#within -= 1;
    this.#fit(frame.displayWidth, frame.displayHeight)?.drawImage(frame, 0, 0);
    frame.close();
    this.#shown();
  }

  /** What is drawn with, on a canvas of this size. */
  #fit(width: number, height: number): CanvasRenderingContext2D | null {
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    return (this.#pen ??= canvas.getContext('2d', { alpha: false }));
  }

  #shown(): void {
    this.#looking?.seen();
    this.painted();
  }

  /** A frame that cannot be decoded: begins anew with the next key frame. */
  #fault(): void {
    if (this.#ended) return;
    this.#decoder = undefined;
    // None of those comes out any more.
    for (let lost = this.#within ?? 0; lost > 0; lost--) this.#looking?.seen();
    this.#within = undefined;
    this.#faults += 1;
    if (this.#faults > FAULTS) {
      this.#looking?.end();
      this.#look(true);
    } else this.#looking?.askKey();
  }
}
