import { describe, expect, it, vi } from 'vitest';
import { hold, peopleTable } from '../../ipc/fake/forms';
import { all, find, press, settle } from '../../test-window';
import { addressesIn } from './addresses';
import { sorted, tableText } from './table';
import { fillIn } from './test-form.svelte';
import { fromInput, toInput, wireNumber } from './wire';

const found = (count: number, more = {}) =>
  fillIn((fake) => hold(fake.world, { kind: 'result', title: 'Found', fields: [], table: peopleTable(count) }), more);
const column = (at: number) => all('form-row').map((row) => row.children[at]?.textContent?.trim());

describe('a table', () => {
  it('is sorted by what its columns hold, both ways, and back', async () => {
    await found(30);
    all('form-sort')[3]?.click();
    await settle();
    const ages = column(3).map(Number);
    expect(ages).toEqual([...ages].sort((a, b) => a - b));
    expect(all('form-sort')[3]?.closest('th')?.getAttribute('aria-sort')).toBe('ascending');
    all('form-sort')[3]?.click();
    await settle();
    expect(column(3).map(Number)).toEqual([...ages].reverse());
    all('form-sort')[3]?.click();
    await settle();
    expect(column(3)[0]).toBe('0');
    expect(all('form-sort')[3]?.closest('th')?.getAttribute('aria-sort')).toBe('none');
  });

  it('draws only what is looked at of ten thousand rows, and is walked by the keyboard', async () => {
    await found(10_000);
    const grid = find('form-table');
    expect(grid.getAttribute('aria-rowcount')).toBe('10001');
    expect(all('form-row').length).toBeLessThan(120);
    const cells = () => [...grid.querySelectorAll<HTMLElement>('[data-cell][tabindex="0"]')];
    expect(cells()).toHaveLength(1);
    cells()[0]?.focus();
    press(cells()[0] as Element, 'End', { ctrlKey: true });
    await settle(5);
    expect(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')).toBe('10001');
    press(document.activeElement as Element, 'ArrowUp');
    await settle(5);
    expect(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')).toBe('10000');
    expect(cells()).toHaveLength(1);
  });

  it('starts a chat with an address, and adds it with its name', async () => {
    const onperson = vi.fn();
    const onadd = vi.fn();
    await found(3, { onperson, onadd });
    find('form-row').querySelector<HTMLElement>('button')?.click();
    expect(onperson).toHaveBeenCalledWith('juliet.0@capulet.example');
    find('form-add').click();
    expect(onadd).toHaveBeenCalledWith('juliet.0@capulet.example', 'Juliet Capulet');
  });

  it('is copied: a cell, a row, all', async () => {
    const written: string[] = [];
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: (text: string) => Promise.resolve(void written.push(text)) },
    });
    await found(2);
    const cell = find('form-row').children[1] as HTMLElement;
    for (const item of [0, 1, 2]) {
      press(cell, 'F10', { shiftKey: true });
      await settle();
      document.querySelectorAll<HTMLElement>('[role=menuitem]')[item]?.click();
      await settle();
    }
    expect(written).toEqual([
      'Juliet',
      'juliet.0@capulet.example\tJuliet\tCapulet\t0\t2010-01-10',
      expect.stringMatching(/^Address\tGiven name\tFamily name\tAge\tSince\njuliet.*\nromeo[^\n]*$/),
    ]);
  });

  it('says that nothing was found', async () => {
    await found(0);
    expect(find('form').textContent).toContain('0 results');
    expect(all('form-table')).toEqual([]);
  });

  it('has empty cells behind all others, and no tabs or lines of its own', () => {
    const table = peopleTable(0);
    table.rows = ['b', '', 'a\tc\nd'].map((cell) => ({ cells: [cell] }));
    expect(sorted(table, { column: 0, falling: false }, 'en')).toEqual([2, 0, 1]);
    expect(sorted(table, { column: 0, falling: true }, 'en')).toEqual([0, 2, 1]);
    expect(tableText(table, [2]).split('\n')[1]).toBe('a, c, d');
  });
});

describe('what is typed', () => {
  it('becomes a number of the wire, and nothing else does', () => {
    expect(wireNumber('12 000', 'en', true)).toBe('12000');
    expect(wireNumber('12,000', 'en', true)).toBe('12000');
    expect(wireNumber('12.000', 'de', true)).toBe('12000');
    expect(wireNumber('1,5', 'de', false)).toBe('1.5');
    expect(wireNumber('1.5', 'de', false)).toBe('1.5');
    expect(wireNumber('1,5', 'en', false)).toBe('1,5');
    expect(wireNumber('1,5', 'de', true)).toBe('1,5');
    expect(wireNumber('−3', 'en', true)).toBe('-3');
    expect(wireNumber(' a lot ', 'en', true)).toBe('a lot');
  });

  it('is a moment both ways, or stays text', () => {
    expect(toInput('time', '21:30:00.5')).toBeNull();
    expect(toInput('date', '2026-09-14Z')).toBeNull();
    expect(toInput('dateTime', 'soon')).toBeNull();
    expect(fromInput('time', '21:30')).toBe('21:30:00');
    expect(fromInput('dateTime', '2026-09-14T21:30')).toBe('2026-09-14T21:30:00Z');
  });

  it('is addresses, however they are written', () => {
    expect(addressesIn('xmpp:a@x.example?message "B" <b@x.example>;c@x.example,\n c@x.example')).toEqual([
      'a@x.example',
      'b@x.example',
      'c@x.example',
    ]);
    expect(addressesIn('x.example')).toEqual(['x.example']);
  });
});
