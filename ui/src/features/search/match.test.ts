import { describe, expect, it } from 'vitest';
import { matches } from './match';

describe('matches', () => {
  it('finds by beginnings, in any order, whatever the accents', () => {
    expect(matches('cap jul', 'Juliet Capulet')).toBe(true);
    expect(matches('zoe', 'Zoë')).toBe(true);
    expect(matches('romeo', 'Juliet Capulet', 'juliet@capulet.example')).toBe(false);
  });

  it('finds by address', () => {
    expect(matches('capulet.ex', 'J', 'juliet@capulet.example')).toBe(true);
  });

  it('lets everything through where nothing is asked', () => {
    expect(matches('  ', 'Anyone')).toBe(true);
  });
});
