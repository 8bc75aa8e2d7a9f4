/** Draws the pictures of a call onto a canvas. */
import type { PictureOf } from '../../ipc/contract';
import type { Looking, Picture, Transport } from '../../ipc/transport';

/** Times that a decoder may fail before pictures are asked for that need none. */
const FAULTS = 5;

export class Screen {
  #decoder: VideoDecoder | undefined;
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
    this.#look(typeof VideoDecoder === 'undefined');
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
      this.#fit(width, height);
      const pixels = new Uint8ClampedArray(data);
      this.canvas.getContext('2d', { alpha: false })?.putImageData(new ImageData(pixels, width, height), 0, 0);
      this.#shown();
      return;
    }
    if (!this.#decoder && kind === 'key') this.#decoder = this.#begin();
    if (!this.#decoder) {
      // There is nothing to go on from.
      this.#looking?.seen();
      this.#looking?.askKey();
      return;
    }
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type: kind, timestamp, data }));
    } catch {
      this.#fault();
    }
  }

  #begin(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => this.#draw(frame),
      error: () => this.#fault(),
    });
    decoder.configure({ codec: 'vp8', optimizeForLatency: true });
    return decoder;
  }

  #draw(frame: VideoFrame): void {
    this.#fit(frame.displayWidth, frame.displayHeight);
    this.canvas.getContext('2d', { alpha: false })?.drawImage(frame, 0, 0);
    frame.close();
    this.#shown();
  }

  #fit(width: number, height: number): void {
    const { canvas } = this;
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
  }

  #shown(): void {
    this.#looking?.seen();
    this.painted();
  }

  /** A frame that cannot be decoded: begins anew with the next key frame. */
  #fault(): void {
    if (this.#ended) return;
    this.#decoder = undefined;
    this.#faults += 1;
    this.#looking?.seen();
    if (this.#faults > FAULTS) {
      this.#looking?.end();
      this.#look(true);
    } else this.#looking?.askKey();
  }
}
