/** Every shortcut in one table: the list behind `?` and the README of the keyboard are the same. */
import type { Key } from '../../i18n/index.svelte';

type Cap = Extract<Key, `key.${string}`> | { text: string };

export interface Shortcut {
  label: Key;
  /** Alternatives, each a chord. */
  keys: Cap[][];
}

const text = (value: string): Cap => ({ text: value });

export const SHORTCUTS: { title: Key; list: Shortcut[] }[] = [
  {
    title: 'shortcuts.everywhere',
    list: [
      { label: 'shortcuts.palette', keys: [['key.ctrl', text('K')]] },
      { label: 'shortcuts.newChat', keys: [['key.ctrl', text('N')]] },
      { label: 'shortcuts.nextChat', keys: [['key.alt', 'key.down']] },
      { label: 'shortcuts.previousChat', keys: [['key.alt', 'key.up']] },
      { label: 'shortcuts.region', keys: [[text('F6')]] },
      { label: 'shortcuts.regionBack', keys: [['key.shift', text('F6')]] },
      { label: 'shortcuts.serviceBack', keys: [['key.alt', 'key.left']] },
      { label: 'shortcuts.serviceForward', keys: [['key.alt', 'key.right']] },
      { label: 'shortcuts.back', keys: [['key.escape']] },
      { label: 'shortcuts.zoomIn', keys: [['key.ctrl', text('+')]] },
      { label: 'shortcuts.zoomOut', keys: [['key.ctrl', text('−')]] },
      { label: 'shortcuts.zoomReset', keys: [['key.ctrl', text('0')]] },
      { label: 'shortcuts.settings', keys: [['key.ctrl', text(',')]] },
      { label: 'shortcuts.quit', keys: [['key.ctrl', text('Q')]] },
      { label: 'shortcuts.help', keys: [[text('?')], ['key.ctrl', text('/')]] },
    ],
  },
  {
    title: 'shortcuts.inCalls',
    list: [
      { label: 'shortcuts.accept', keys: [['key.ctrl', 'key.shift', text('A')]] },
      { label: 'shortcuts.decline', keys: [['key.ctrl', 'key.shift', text('D')]] },
      { label: 'shortcuts.mute', keys: [['key.ctrl', 'key.shift', text('M')]] },
    ],
  },
  {
    title: 'shortcuts.inLists',
    list: [
      { label: 'shortcuts.move', keys: [['key.up'], ['key.down']] },
      { label: 'shortcuts.ends', keys: [['key.home'], ['key.end']] },
      { label: 'shortcuts.open', keys: [['key.enter']] },
    ],
  },
  {
    title: 'shortcuts.inChat',
    list: [
      { label: 'shortcuts.search', keys: [['key.ctrl', text('F')]] },
      { label: 'shortcuts.menu', keys: [['key.enter'], ['key.shift', text('F10')]] },
    ],
  },
];
