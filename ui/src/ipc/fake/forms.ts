/** Forms of the fake: one with every control, one in pages, one that is long, and tables. */
import type { Answer, Commands, Field, FieldFault, FieldTrouble, Form, FormPart, FormTable } from '../contract';
import { failure, type World } from './world';

type Part<T> = Partial<T>;

export const field = (id: number, part: Part<Field>): Field => ({
  id,
  var: `field-${id}`,
  kind: 'textSingle',
  label: `Field ${id}`,
  desc: null,
  required: false,
  asked: part.kind !== 'fixed',
  values: [],
  options: [],
  open: false,
  datatype: 'text',
  min: null,
  max: null,
  least: null,
  most: null,
  media: [],
  unchecked: false,
  ...part,
});

let forms = 0;

/** Keeps the form, under an id of its own. */
export function hold(world: World, part: Part<Form> & { fields: Field[] }): Form {
  const parts: FormPart[] = part.fields.map(({ id }) => ({ part: 'field', field: id }));
  const form: Form = {
    id: `form-${(forms += 1)}`,
    kind: 'form',
    title: null,
    instructions: [],
    table: null,
    pages: [{ label: null, parts: part.table ? [{ part: 'table' }, ...parts] : parts }],
    cut: false,
    ...part,
  };
  world.forms.set(form.id, form);
  return form;
}

export const options = (...labels: string[]) => labels.map((label) => ({ label, value: label.toLowerCase() }));
const HERBS =
  'Angelica Basil Borage Chamomile Chervil Chives Coriander Dill Fennel Hyssop Lavender Lovage Marjoram Mint Oregano Parsley Rosemary Rue Sage Savory Tarragon Thyme Verbena Woodruff'.split(
    ' ',
  );

/** A drawing that is its own address. */
export const PICTURE = `data:image/svg+xml;base64,${btoa(
  '<svg xmlns="http://www.w3.org/2000/svg" width="220" height="70"><rect width="220" height="70" fill="#f6f3f0"/>' +
    '<text x="24" y="46" font-size="34" font-family="serif" transform="rotate(-4 110 35)">x7 q4 m</text></svg>',
)}`;

/** Silence, a tenth of a second. */
export const SOUND = `data:audio/wav;base64,${btoa(
  `RIFF${String.fromCharCode(0x44, 3, 0, 0)}WAVEfmt ${String.fromCharCode(16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0)}data${String.fromCharCode(0x20, 3, 0, 0)}${'\x80'.repeat(800)}`,
)}`;

export const everyControl = (world: World): Form =>
  hold(world, {
    title: 'Every kind of question',
    instructions: ['This form asks in every way a form can ask.', 'Nothing is sent anywhere.'],
    fields: [
      field(1, { kind: 'fixed', label: '', values: ['About the orchard'] }),
      field(2, { label: 'Name', desc: 'As it stands on the gate.', required: true, values: ['Orchard'] }),
      field(3, { kind: 'boolean', label: 'Members only', desc: 'Others need an invitation.', values: ['1'] }),
      field(4, {
        kind: 'listSingle',
        label: 'Who can see addresses',
        desc: '“Everyone” is needed for encrypted group chat.',
        options: options('Moderators', 'Everyone'),
        values: ['everyone'],
      }),
      field(5, {
        kind: 'listSingle',
        label: 'Where visitors come in',
        options: options('The front gate', 'Over the wall', 'Through the kitchen garden'),
        open: true,
      }),
      field(6, { kind: 'listSingle', label: 'Favourite herb', required: true, options: options(...HERBS) }),
      field(7, {
        kind: 'listMulti',
        label: 'Tools',
        options: options('Ladder', 'Basket', 'Shears', 'Rake'),
        values: ['basket'],
        least: 1,
        most: 3,
      }),
      field(8, { kind: 'listMulti', label: 'Herbs to plant', options: options(...HERBS), values: ['sage', 'mint'] }),
      field(9, {
        label: 'Maximum number of people',
        datatype: 'whole',
        required: true,
        min: '2',
        max: '10000',
        values: ['200'],
      }),
      field(10, { label: 'Hectares', datatype: 'decimal', min: '0.5' }),
      field(11, {
        label: 'Harvest begins',
        datatype: 'date',
        values: ['2026-09-14'],
        min: '2026-09-01',
        max: '2026-10-31',
      }),
      field(12, { label: 'Gates close', datatype: 'time', values: ['21:30:00'] }),
      field(13, { label: 'Next meeting', datatype: 'dateTime', values: ['2026-11-27T18:30:00Z'] }),
      field(14, { label: 'Web page', datatype: 'uri', desc: 'Where people read more.' }),
      field(15, { label: 'Language', datatype: 'language', values: ['en'] }),
      field(16, { kind: 'textMulti', label: 'House rules', values: ['Shut the gate.', 'Leave some for the birds.'] }),
      field(17, { kind: 'textPrivate', label: 'Password', desc: 'At least eight letters.' }),
      field(18, { kind: 'jidSingle', label: 'Head gardener', required: true }),
      field(19, {
        kind: 'jidMulti',
        label: 'Owners',
        values: ['mira@orchard.example', 'juliet@capulet.example'],
      }),
      field(20, {
        label: 'What is written in the picture?',
        required: true,
        media: [
          { kind: 'image', width: 220, height: 70, data: PICTURE, elsewhere: null },
          { kind: 'audio', width: null, height: null, data: null, elsewhere: null },
          { kind: 'image', width: null, height: null, data: null, elsewhere: 'https://pictures.example/captcha.png' },
        ],
      }),
      field(21, { label: 'Licence', desc: 'Two letters and four digits.', unchecked: true }),
    ],
  });

export const inPages = (world: World): Form =>
  hold(world, {
    title: 'Set up “Orchard planning”',
    fields: [
      field(1, { label: 'Room name', required: true, values: ['Orchard planning'] }),
      field(2, { kind: 'textMulti', label: 'What it is about' }),
      field(3, {
        kind: 'listSingle',
        label: 'Who can see addresses',
        desc: '“Everyone” is needed for encrypted group chat.',
        options: options('Moderators', 'Everyone'),
        values: ['everyone'],
      }),
      field(4, { kind: 'boolean', label: 'Members only', desc: 'Others need an invitation.', values: ['1'] }),
      field(5, { label: 'Maximum number of people', datatype: 'whole', min: '2', max: '10000', required: true }),
      field(6, { kind: 'jidMulti', label: 'Owners', values: ['mira@orchard.example', 'juliet@capulet.example'] }),
      field(7, { kind: 'boolean', label: 'Keep messages', values: ['1'] }),
      field(8, {
        kind: 'listSingle',
        label: 'For how long',
        options: options('A week', 'A month', 'A year', 'For ever'),
        values: ['a month'],
      }),
    ],
    pages: [
      { label: 'Basics', parts: [{ part: 'text', text: 'What people see first.' }, ...refs(1, 2)] },
      { label: 'Who may join', parts: refs(3, 4, 5, 6) },
      { label: 'Archive', parts: [{ part: 'section', label: 'Messages', parts: refs(7, 8) }] },
      { label: 'Review', parts: [{ part: 'text', text: 'That is all. The room opens when you submit this.' }] },
    ],
  });

const refs = (...ids: number[]): FormPart[] => ids.map((id) => ({ part: 'field', field: id }));

export const long = (world: World, count = 1000): Form =>
  hold(world, {
    title: 'A very long form',
    fields: Array.from({ length: count }, (_, index) => {
      const label = `${HERBS[index % HERBS.length]}, bed ${index + 1}`;
      if (index % 4 === 1) return field(index, { kind: 'boolean', label: `${label}: watered` });
      if (index % 4 === 2)
        return field(index, { kind: 'listSingle', label: `${label}: light`, options: options('Sun', 'Shade') });
      return field(index, { label: `${label}: plants`, datatype: 'whole', min: '0', max: '500' });
    }),
  });

const FIRST = 'Juliet Romeo Benvolio Rosaline Mercutio Tybalt Balthasar Paris Escalus Ursula'.split(' ');
const LAST = 'Capulet Montague Verona Mantua Padua Vicenza'.split(' ');

export function peopleTable(count: number): FormTable {
  return {
    columns: [
      { var: 'jid', label: 'Address', kind: 'jidSingle', datatype: 'text' },
      { var: 'first', label: 'Given name', kind: 'textSingle', datatype: 'text' },
      { var: 'last', label: 'Family name', kind: 'textSingle', datatype: 'text' },
      { var: 'age', label: 'Age', kind: 'textSingle', datatype: 'whole' },
      { var: 'since', label: 'Since', kind: 'textSingle', datatype: 'date' },
    ],
    rows: Array.from({ length: count }, (_, index) => {
      const first = FIRST[index % FIRST.length] ?? '';
      const last = LAST[(index * 7) % LAST.length] ?? '';
      const jid = `${first}.${index}@${last}.example`.toLowerCase();
      return {
        cells: [
          jid,
          first,
          last,
          String((index * 37) % 91),
          `20${String(10 + (index % 16))}-0${1 + (index % 9)}-1${index % 9}`,
        ],
      };
    }),
  };
}

const troubles: Partial<Record<Field['datatype'], [RegExp, FieldTrouble]>> = {
  whole: [/^[+-]?\d+$/, { trouble: 'notAWholeNumber' }],
  decimal: [/^[+-]?(\d+\.?\d*|\.\d+)$/, { trouble: 'notANumber' }],
  date: [/^\d{4}-\d{2}-\d{2}(Z|[+-]\d{2}:\d{2})?$/, { trouble: 'notADate' }],
  time: [/^\d{2}:\d{2}:\d{2}/, { trouble: 'notATime' }],
  dateTime: [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/, { trouble: 'notADateTime' }],
  uri: [/^[a-z][a-z0-9+.-]*:\S+$/i, { trouble: 'notAUri' }],
  language: [/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i, { trouble: 'notALanguage' }],
};

function troubleIn(item: Field, value: string): FieldTrouble | null {
  if (item.kind === 'jidSingle' || item.kind === 'jidMulti')
    return /^[^\s@]+(@[^\s@]+)?$/.test(value) ? null : { trouble: 'notAnAddress' };
  if (item.kind === 'listSingle' || item.kind === 'listMulti')
    return item.open || item.options.some((option) => option.value === value) ? null : { trouble: 'notAnOption' };
  const rule = troubles[item.datatype];
  if (rule && !rule[0].test(value)) return rule[1];
  const less = (a: string, b: string) =>
    item.datatype === 'whole' || item.datatype === 'decimal' ? Number(a) < Number(b) : a < b;
  if (item.min !== null && less(value, item.min)) return { trouble: 'tooSmall', min: item.min };
  if (item.max !== null && less(item.max, value)) return { trouble: 'tooLarge', max: item.max };
  if (/refuse/i.test(value)) return { trouble: 'refused', text: 'Not in this orchard.' };
  return null;
}

/** What is wrong with these answers. */
export function faultsOf(form: Form | undefined, answers: readonly Answer[]): FieldFault[] {
  if (!form) throw failure('notFound');
  return answers.flatMap(({ field: id, values }): FieldFault[] => {
    const item = form.fields.find((held) => held.id === id);
    if (!item) return [];
    const fault = (trouble: FieldTrouble, at: number | null = null) => ({ field: id, at, trouble });
    if (values.length === 0) return item.required ? [fault({ trouble: 'required' })] : [];
    if (item.least !== null && values.length < item.least) return [fault({ trouble: 'tooFew', min: item.least })];
    if (item.most !== null && values.length > item.most) return [fault({ trouble: 'tooMany', max: item.most })];
    return values.flatMap((value, at) => {
      const trouble = troubleIn(item, value);
      const several = item.kind === 'jidMulti' || item.kind === 'textMulti';
      return trouble ? [fault(trouble, several ? at : null)] : [];
    });
  });
}

type FormAnswers = {
  [N in Extract<keyof Commands, `form.${string}`>]: (
    world: World,
    request: Commands[N]['request'],
  ) => Promise<Commands[N]['response']> | Commands[N]['response'];
};

export const formAnswers: FormAnswers = {
  'form.check': (world, { form, answers }) => ({ faults: faultsOf(world.forms.get(form), answers) }),
  'form.close': (world, { form }) => {
    world.forms.delete(form);
    return null;
  },
  'form.media': (world, { form, field: id, media }) => {
    const item = world.forms.get(form)?.fields.find((held) => held.id === id)?.media[media];
    if (!item) throw failure('notFound');
    return { data: item.kind === 'audio' ? SOUND : PICTURE };
  },
};
