import { describe, expect, it } from 'vitest';
import { personGround, personInk } from './colour';
import { initial } from './initial';

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}
const hues = Array.from({ length: 72 }, (_, index) => index * 5);

describe('a person’s colour', () => {
  it('carries white text at AA for every hue', () => {
    for (const hue of hues) expect(contrast(personGround(hue), '#ffffff'), `hue ${hue}`).toBeGreaterThanOrEqual(4.5);
  });

  it('is legible as text on light and dark surfaces at AA for every hue', () => {
    for (const hue of hues) {
      const [light = '', dark = ''] = personInk(hue).match(/#[0-9a-f]{6}/g) ?? [];
      expect(contrast(light, '#ffffff'), `hue ${hue} on light`).toBeGreaterThanOrEqual(4.5);
      expect(contrast(dark, '#242120'), `hue ${hue} on dark`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('tells hues apart', () => {
    expect(new Set(hues.map(personGround)).size).toBe(hues.length);
  });
});

describe('initial', () => {
  it('takes the first letter, whole', () => {
    expect(initial('juliet')).toBe('J');
    expect(initial('<b>x')).toBe('B');
    expect(initial('Z̷̢̛algo')).toBe('Z̷̢̛');
    expect(initial('ليلى')).toBe('ل');
    expect(initial('🌿')).toBe('🌿');
    expect(initial('')).toBe('·');
  });
});
