import { describe, expect, it } from 'vitest';
import { sizeWords } from '../../i18n/sizes';
import { withoutAddresses } from './report';
import { minutesOf, timeText } from './times';

describe('a time of day', () => {
  it('is read however it is written', () => {
    for (const [text, minutes] of [
      ['22:00', 1320],
      [' 7.30 ', 450],
      ['7', 420],
      ['730', 450],
      ['0730', 450],
      ['7h30', 450],
      ['7 Uhr', 420],
      ['7:30 Uhr', 450],
      ['12 am', 0],
      ['12:15 p.m.', 735],
      ['10:00\u202fPM', 1320],
      ['24:00', 0],
      ['0:00', 0],
    ] as const)
      expect(minutesOf(text), text).toBe(minutes);
  });

  it('is none where it makes no sense', () => {
    for (const text of ['', 'soon', '25', '24:01', '12:60', '7:5', '13 pm', '0 am', '-1', '7:30:00', '12345'])
      expect(minutesOf(text), text).toBeNull();
  });

  it('is read as it was written', () => {
    for (const locale of ['en-US', 'en-GB', 'de'])
      for (const minutes of [0, 59, 420, 720, 1439]) expect(minutesOf(timeText(locale, minutes))).toBe(minutes);
  });
});

describe('a size', () => {
  it('has a unit that suits it', () => {
    expect(sizeWords('en', 0)).toBe('0 bytes');
    expect(sizeWords('en', 84_300)).toBe('84 kB');
    expect(sizeWords('en', 999_900)).toBe('1 MB');
    expect(sizeWords('de', 1_440_000)).toBe('1,4 MB');
    expect(sizeWords('en', 12_345_678_901)).toBe('12 GB');
  });
});

describe('a report', () => {
  it('loses every address, known or not', () => {
    const known = ['mira@orchard.example', 'juliet@capulet.example'];
    const text = 'mira@orchard.example/x saw orchard.example, <stranger@else.example> and "juliet@capulet.example"';
    expect(withoutAddresses(text, known)).toBe('(address)/x saw (address), <(address)> and "(address)"');
    expect(withoutAddresses('zoomByScreen: {"1280x800@1":125}', known)).toBe('zoomByScreen: {"1280x800@1":125}');
  });
});
