import { describe, expect, it } from 'vitest';
import { looksLikeAddress, tidyAddress } from './address';

describe('addresses', () => {
  it('takes every legal character', () => {
    for (const address of [
      'a@b',
      'd\\27artagnan+!#$%*-=?^_`{|}~@example.net',
      'ليلى@example.org',
      'x@[::1]',
      'ü@bücher.example',
    ])
      expect(looksLikeAddress(address), address).toBe(true);
  });

  it('refuses what can be none', () => {
    for (const address of ['', 'a', '@b', 'a@', 'a b@c', 'a@b@c', 'a@b c', '<a>@b', 'a/b@c'])
      expect(looksLikeAddress(address), address).toBe(false);
  });

  it('tidies what copying brings along', () => {
    expect(tidyAddress('  xmpp:juliet@capulet.example?message ')).toBe('juliet@capulet.example');
  });
});
