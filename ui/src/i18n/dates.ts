/** Dates and times as the person's locale writes them; formatters are kept, since making one is slow. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions, at: number): string {
  const key = `${locale}|${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
  }
  return formatter.format(at);
}

export const timeOfDay = (locale: string, at: number) => format(locale, { timeStyle: 'short' }, at);

/** With seconds: for technical records. */
export const preciseTime = (locale: string, at: number) => format(locale, { timeStyle: 'medium' }, at);

export const dateAndTime = (locale: string, at: number) =>
  format(locale, { dateStyle: 'full', timeStyle: 'short' }, at);

export const longDate = (locale: string, at: number) => format(locale, { dateStyle: 'long' }, at);

export const mediumDate = (locale: string, at: number) => format(locale, { dateStyle: 'medium' }, at);

/** Days between two moments as calendars count them, not in spans of 24 hours. */
export function daysBetween(earlier: number, later: number): number {
  const midnight = (at: number) => {
    const date = new Date(at);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(later) - midnight(earlier)) / 86_400_000);
}

/** `Today` and `Yesterday` in the locale's own words, then the weekday, then the date. */
export function dayName(locale: string, at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0 || days === 1) {
    const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day');
    return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
  }
  if (days > 1 && days < 7) return format(locale, { weekday: 'long' }, at);
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return format(locale, { weekday: 'long', day: 'numeric', month: 'long', year }, at);
}

/** For a row of a list: the time today, the weekday this week, else a short date. */
export function shortMoment(locale: string, at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return timeOfDay(locale, at);
  if (days > 0 && days < 7) return format(locale, { weekday: 'short' }, at);
  return new Date(at).getFullYear() === new Date(now).getFullYear()
    ? format(locale, { day: 'numeric', month: 'short' }, at)
    : format(locale, { dateStyle: 'short' }, at);
}
