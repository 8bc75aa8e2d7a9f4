/** Times of day as people write them, and as the settings keep them: minutes after midnight. Pure. */
import { timeOfDay } from '../../i18n/dates';

const DAY = 24 * 60;

/** `22:00`, `22.00`, `22h00`, `2200`, `22`, `10 pm`, `10:00 p.m.`; `null` where it is none. */
export function minutesOf(text: string): number | null {
  const match = /^(\d{1,2})(?:\s*[:.h]?\s*(\d{2}))?\s*(?:h|uhr)?\s*(?:([ap])\.?\s*m\.?)?$/.exec(
    text.normalize('NFKC').trim().toLowerCase(),
  );
  if (!match) return null;
  let hours = Number(match[1]);
  const minutes = Number(match[2] ?? 0);
  const half = match[3];
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return null;
    hours = (hours % 12) + (half === 'p' ? 12 : 0);
  }
  const all = hours * 60 + minutes;
  if (minutes > 59 || all > DAY) return null;
  // 24:00 is how some write the end of a day.
  return all % DAY;
}

/** As the locale writes a time of day. */
export const timeText = (locale: string, minutes: number): string =>
  timeOfDay(locale, new Date(2000, 0, 1, Math.floor(minutes / 60), minutes % 60).getTime());
