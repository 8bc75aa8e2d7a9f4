/** A person's colour by XEP-0392: the hue is theirs, the lightness is chosen so that text on it (or in it) is legible. */
import { Hsluv } from 'hsluv';

const cache = new Map<string, string>();

function hex(hue: number, saturation: number, lightness: number): string {
  const key = `${hue}/${saturation}/${lightness}`;
  let value = cache.get(key);
  if (value === undefined) {
    const conv = new Hsluv();
    conv.hsluv_h = ((hue % 360) + 360) % 360;
    conv.hsluv_s = saturation;
    conv.hsluv_l = lightness;
    conv.hsluvToHex();
    value = conv.hex;
    cache.set(key, value);
  }
  return value;
}

/** Behind white text: lightness 45 gives at least 4.5:1 whatever the hue. */
export const personGround = (hue: number) => hex(hue, 62, 45);

/** As text on a light or a dark surface. */
export const personInk = (hue: number) => `light-dark(${personInks(hue).light}, ${personInks(hue).dark})`;

/**
 * The same as two values, for styles that choose by the theme the window says it has: `light-dark()` is not resolved anew
 * everywhere when that changes.
 */
export const personInks = (hue: number) => ({ light: hex(hue, 75, 42), dark: hex(hue, 60, 74) });
