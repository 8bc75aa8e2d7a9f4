/** What files of the fake hold: a picture or a tone, made on demand. */
import type { File } from '../contract';
import type { World } from './world';

/** A point of leaf green. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mPQyoq+BgACywGZW2r4AgAAAABJRU5ErkJggg==';

/** Something to look at, as large as the file says; browsers draw it, tests need not. */
export function drawing(seed: string, width: number, height: number): string {
  let hue = 0;
  for (const unit of seed) hue = (hue * 31 + (unit.codePointAt(0) ?? 0)) % 360;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 40 30" preserveAspectRatio="none">` +
    `<rect width="40" height="30" fill="hsl(${hue} 40% 72%)"/><circle cx="29" cy="9" r="5" fill="hsl(${hue + 40} 70% 88%)"/>` +
    `<path d="M0 30 13 12 22 22 29 15 40 30Z" fill="hsl(${hue + 120} 30% 42%)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const RATE = 8000;

/** A second of a tone that fades, as WAV. */
function tone(): string {
  const bytes = new Uint8Array(44 + RATE);
  const view = new DataView(bytes.buffer);
  const text = (at: number, words: string) =>
    [...words].forEach((unit, index) => (bytes[at + index] = unit.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + RATE, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, RATE, true);
  for (let at = 0; at < RATE; at += 1)
    bytes[44 + at] = 128 + Math.round(100 * Math.sin((at * 2 * Math.PI * 440) / RATE) * (1 - at / RATE));
  return `data:audio/wav;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

export function fileOf(world: World, account: string, id: string): File | undefined {
  for (const [conversation, messages] of world.messages)
    if (conversation.startsWith(`${account}/`))
      for (const { files } of messages) {
        const file = files.find((held) => held.id === id);
        if (file) return file;
      }
  return undefined;
}

export function bytesOf(world: World, account: string, id: string): string {
  const file = fileOf(world, account, id);
  if (file?.kind === 'audio') return tone();
  if (file?.kind === 'image' && file.width && file.height) return drawing(file.name, file.width, file.height);
  return PICTURE;
}
