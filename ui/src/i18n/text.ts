/** A text of the catalogue, and how it is filled. */

/** One text, or one for each plural form of `{count}` that the language has. */
export type Text = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { other: string });

export type Params = Readonly<Record<string, string | number>>;

const RTL = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const LTR =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Devanagari}\p{Script=Thai}]/u;

const plurals = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function kept<T>(cache: Map<string, T>, locale: string, make: () => T): T {
  let value = cache.get(locale);
  if (!value) {
    value = make();
    cache.set(locale, value);
  }
  return value;
}

/** Isolates (FSI … PDI) a value that runs against the sentence, so that it cannot reorder the words around it. */
function isolated(value: string, rtl: boolean): string {
  return (rtl ? LTR : RTL).test(value) || /[\u202a-\u202e\u2066-\u2069]/.test(value) ? `\u2068${value}\u2069` : value;
}

export function fill(text: Text, params: Params | undefined, locale: string, rtl: boolean): string {
  let chosen: string;
  if (typeof text === 'string') chosen = text;
  else {
    const rules = kept(plurals, locale, () => new Intl.PluralRules(locale));
    chosen = text[rules.select(Number(params?.['count'] ?? 0))] ?? text.other;
  }
  if (!params) return chosen;
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (typeof value === 'number') return kept(numbers, locale, () => new Intl.NumberFormat(locale)).format(value);
    return isolated(value, rtl);
  });
}
