import { afterEach, describe, expect, it } from 'vitest';
import type { Transfer, TransferStage } from '../../ipc/contract';
import { fakeFile, fakePicture, fakeSound } from '../../ipc/fake/fileTalk';
import { failure, World } from '../../ipc/fake/world';
import { setLanguage } from '../../i18n/index.svelte';
import { frameOf } from './frame';
import { peaks } from './wave';
import {
  cancelledWords,
  fileLabel,
  fileWords,
  lengthWords,
  progressWords,
  share,
  stageWords,
  wayWords,
  whyAsked,
} from './words';

const transfer = (part: Partial<Transfer> = {}): Transfer => ({
  id: 'a/f',
  order: 1,
  account: 'a',
  peer: 'p',
  file: 'f',
  name: 'walk.mp4',
  outgoing: true,
  stage: { stage: 'moving' },
  done: 118_000_000,
  total: 184_000_000,
  speed: 31_000_000,
  left: 2,
  way: 'upload',
  why: null,
  ...part,
});

afterEach(() => setLanguage('en'));

describe('words of a file', () => {
  it('say what it is in a line', () => {
    expect(fileWords(fakePicture('x'))).toBe('Photo');
    expect(fileWords(fakeSound('x'))).toBe('Voice message');
    expect(fileWords(fakeSound('x', { name: 'song.mp3' }))).toBe('song.mp3');
    expect(fileWords(fakeFile({ id: 'x', name: 'herbs.pdf' }))).toBe('herbs.pdf');
    setLanguage('de');
    expect(fileWords(fakeSound('x'))).toBe('Sprachnachricht');
  });

  it('say who did not want it', () => {
    const by = (code: 'cancelled' | 'declinedByThem' | null, outgoing: boolean) =>
      cancelledWords(
        fakeFile({ id: 'x', name: 'x', state: 'cancelled', failure: code && failure(code) }),
        outgoing,
        'Juliet',
      );
    expect(by('cancelled', true)).toBe('stopped by you');
    expect(by('cancelled', false)).toBe('not wanted by you');
    expect(by('declinedByThem', true)).toBe('Juliet did not want it');
    expect(by('declinedByThem', false)).toBe('Juliet took it back');
    expect(by(null, false)).toBe('stopped');
  });

  it('say how far it is', () => {
    expect(progressWords(transfer())).toBe('118 MB of 184 MB · 31 MB/s · 2 seconds left');
    expect(progressWords(transfer({ left: 90, total: null, done: 10 }))).toContain('2 minutes left');
    expect(progressWords(transfer({ stage: { stage: 'paused' } }))).toBe('118 MB of 184 MB');
    expect(share(transfer())).toBe(64);
    expect(share(transfer({ total: null }))).toBeNull();
    setLanguage('de');
    expect(progressWords(transfer())).toBe('118 MB von 184 MB · 31 MB/s · noch 2 Sekunden');
  });

  it('say every stage', () => {
    const stages: TransferStage[] = [
      ...(['preparing', 'waiting', 'asking', 'connecting', 'moving', 'paused', 'finishing'] as const).map((stage) => ({
        stage,
      })),
      { stage: 'later', at: Date.UTC(2026, 4, 4, 12) },
    ];
    const said = stages.map((stage) => stageWords(transfer({ stage })));
    expect(new Set(said).size).toBe(stages.length);
    expect(said.at(-1)).toContain('12:00');
  });

  it('say which way it goes where that is not the usual one', () => {
    expect(wayWords('upload', null, true)).toBe('');
    expect(wayWords('direct', { reason: 'tooLarge', limit: 10_000_000 }, true)).toBe(
      'directly, because the server takes at most 10 MB',
    );
    expect(wayWords('proxy', null, true)).toBe('through a proxy');
    expect(wayWords(null, { reason: 'noService' }, true)).toBe('directly, because the server takes no files');
    expect(wayWords('dataChannel', { reason: 'chosen' }, false)).toContain('as they chose');
  });

  it('say why it asks', () => {
    const world = new World({ long: 1 });
    const known = world.blank('fake-1', 'juliet@capulet.example');
    const file = fakeFile({ id: 'x', name: 'x', size: 20_000_000 });
    const { settings } = world;
    expect(whyAsked(file, { ...known, inRoster: false }, settings)).toContain('not among your people');
    expect(whyAsked(file, known, settings)).toContain('larger than 10 MB');
    expect(whyAsked(file, known, { ...settings, receiveMb: 0 })).toContain('every file');
    expect(whyAsked({ ...file, size: null }, known, settings)).toContain('How large');
    expect(whyAsked({ ...file, size: 1 }, known, { ...settings, relayOnly: true })).toContain('where you are');
    expect(whyAsked({ ...file, size: 1 }, known, settings)).toContain('waits');
  });

  it('read out what is drawn', () => {
    expect(fileLabel(fakeSound('x'))).toBe('Voice message, 1:12, 42 kB');
    expect(fileLabel(fakePicture('balcony'))).toBe('Photo, balcony.jpg, 1.4 MB');
    expect([0, 9_400, 72_000, 3_725_000].map(lengthWords)).toEqual(['0:00', '0:09', '1:12', '1:02:05']);
  });
});

describe('the place of a picture', () => {
  it('is known before it is here, and never larger than the timeline bears', () => {
    expect(frameOf({ width: 4000, height: 3000 })).toEqual({ width: 22, height: 16.5 });
    expect(frameOf({ width: 900, height: 1600 })).toEqual({ width: 11.25, height: 20 });
    expect(frameOf({ width: 160, height: 160 })).toEqual({ width: 10, height: 10 });
    expect(frameOf({ width: null, height: null })).toEqual({ width: 16, height: 12 });
    expect(frameOf({ width: 10_000, height: 10 }).height).toBe(5);
  });
});

describe('the shape of a sound', () => {
  it('is the loudest of each stretch', () => {
    expect(peaks(new Float32Array([0, 0.1, -0.5, 0.2, 0, 0.25]), 3)).toEqual(
      [0.2, 1, 0.5].map((value) => expect.closeTo(value)),
    );
    expect(peaks(new Float32Array(4), 2)).toEqual([0, 0]);
  });
});
