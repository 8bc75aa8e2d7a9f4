import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { personGround, personInks } from '../components/colour';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

function block(pattern: RegExp): Record<string, string> {
  const text = pattern.exec(css)?.[1] ?? '';
  return Object.fromEntries([...text.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1] ?? '', m[2]?.trim() ?? '']));
}
const light = block(/:root \{([\s\S]*?)\n\}/);
const dark = { ...light, ...block(/:root\[data-theme='dark'\] \{([\s\S]*?)\n\}/) };
const more = css.slice(css.indexOf('prefers-contrast'));
const lightMore = { ...light, ...Object.fromEntries(pairs(more.slice(0, more.indexOf('data-theme')))) };
const darkMore = { ...dark, ...Object.fromEntries(pairs(more.slice(more.indexOf('data-theme')))) };

function pairs(text: string): [string, string][] {
  return [...text.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1] ?? '', m[2]?.trim() ?? '']);
}

function value(theme: Record<string, string>, token: string): string {
  const text = theme[token] ?? '';
  const other = /^var\(--([\w-]+)\)$/.exec(text)?.[1];
  return other ? value(theme, other) : text;
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [bright = 0, dim = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

/** Where each voice stands. */
const TEXT: Record<string, string[]> = {
  ink: ['ground', 'surface', 'raised', 'hover', 'selected', 'own', 'leaf-soft', 'berry-soft', 'tail-soft', 'edge'],
  'ink-2': ['ground', 'surface', 'raised', 'hover', 'selected', 'own', 'leaf-soft', 'berry-soft', 'tail-soft', 'edge'],
  'ink-3': ['ground', 'surface', 'raised', 'hover', 'selected'],
  leaf: ['ground', 'surface', 'raised', 'hover', 'selected', 'own', 'leaf-soft', 'tail-soft', 'berry-soft'],
  berry: ['ground', 'surface', 'raised', 'hover', 'selected', 'berry-soft'],
  'leaf-ink': ['leaf'],
  'berry-ink': ['berry'],
  'rail-ink': ['rail'],
};
/** Borders and signs that alone say what they say. */
const SIGNS: Record<string, string[]> = {
  'edge-strong': ['ground', 'surface', 'raised'],
  'presence-here': ['ground', 'surface', 'raised', 'selected', 'hover', 'rail'],
  'presence-away': ['ground', 'surface', 'raised', 'selected', 'hover', 'rail'],
  'presence-busy': ['ground', 'surface', 'raised', 'selected', 'hover'],
  'presence-off': ['ground', 'surface', 'raised', 'selected', 'rail'],
  leaf: ['ground', 'surface', 'raised'],
};
const HUES = Array.from({ length: 72 }, (_, index) => index * 5);

describe.each([
  ['light', light],
  ['dark', dark],
  ['light with more contrast', lightMore],
  ['dark with more contrast', darkMore],
])('the %s theme', (_, theme) => {
  const below = (table: Record<string, string[]>, least: number) =>
    Object.entries(table).flatMap(([front, grounds]) =>
      grounds
        .map((ground) => ({ front, ground, ratio: contrast(value(theme, front), value(theme, ground)) }))
        .filter(({ ratio }) => !(ratio >= least))
        .map(({ front: a, ground: b, ratio }) => `${a} on ${b}: ${ratio.toFixed(2)}`),
    );

  it('can be read: every text has 4.5:1', () => {
    expect(below(TEXT, 4.5)).toEqual([]);
  });

  it('can be seen: every border and sign has 3:1', () => {
    expect(below(SIGNS, 3)).toEqual([]);
  });
});

describe('the rail', () => {
  const rail = readFileSync(join(import.meta.dirname, '../features/window/Rail.svelte'), 'utf8');

  it('shows “do not disturb” in a red that is seen on it, and in the menu above it', () => {
    const busy = /--presence-busy: (#[0-9a-f]{6})/.exec(rail)?.[1] ?? '';
    for (const ground of [value(light, 'rail'), value(dark, 'rail'), value(light, 'raised'), value(dark, 'raised')])
      expect(contrast(busy, ground), ground).toBeGreaterThanOrEqual(3);
  });
});

describe('an account’s mark', () => {
  it('is seen on every ground in both themes, whatever its hue', () => {
    for (const hue of HUES) {
      const ink = personInks(hue);
      for (const ground of ['ground', 'surface', 'raised', 'hover', 'selected']) {
        expect(contrast(ink.light, value(light, ground)), `${hue} on ${ground}`).toBeGreaterThanOrEqual(3);
        expect(contrast(ink.dark, value(dark, ground)), `${hue} on ${ground}`).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it('is the hue of the letter’s ground', () => {
    expect(personGround(120)).not.toBe(personGround(240));
    expect(personInks(120)).not.toEqual(personInks(240));
  });
});
