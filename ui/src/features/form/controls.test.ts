import { describe, expect, it } from 'vitest';
import { field, hold, options } from '../../ipc/fake/forms';
import { failure } from '../../ipc/fake/world';
import { all, find, press, settle, type } from '../../test-window';
import { ask, control, described, fault, fillIn, looked, part, submit } from './test-form.svelte';

const names = (...values: string[]) => values.map((value) => ({ label: value.toUpperCase(), value }));
const answer = (submitted: { answers: { values: string[] }[] }[]) => submitted[0]?.answers[0]?.values;

describe('the control of a field', () => {
  it('is a switch for yes and no, and says no where it was never pressed', async () => {
    const { submitted } = await ask({ kind: 'boolean', desc: 'Others need an invitation.', required: true });
    const button = control<HTMLButtonElement>();
    expect(button.getAttribute('role')).toBe('switch');
    expect(described(button)).toContain('Others need an invitation.');
    expect(part(1).textContent).toContain('(required)');
    await submit();
    expect(answer(submitted)).toEqual(['0']);
    button.click();
    await settle();
    await submit();
    expect(submitted[1]?.answers[0]?.values).toEqual(['1']);
  });

  it('is radio buttons up to five, named as a group', async () => {
    const { submitted } = await ask({ kind: 'listSingle', options: names('a', 'b', 'c', 'd', 'e'), required: true });
    const group = part(1).querySelector('[role=radiogroup]');
    expect(document.getElementById(group?.getAttribute('aria-labelledby') ?? '')?.textContent).toContain('Question');
    expect(group?.getAttribute('aria-required')).toBe('true');
    const radios = part(1).querySelectorAll<HTMLInputElement>('input[type=radio]');
    expect(radios).toHaveLength(5);
    radios[3]?.click();
    await submit();
    expect(answer(submitted)).toEqual(['d']);
  });

  it('takes an answer of one’s own where others are taken, and none where none is needed', async () => {
    const { submitted } = await ask({ kind: 'listSingle', options: names('a', 'b'), open: true });
    part(1).querySelectorAll<HTMLInputElement>('input[type=radio]')[2]?.click();
    await settle();
    type(part(1).querySelector('input.control') as HTMLInputElement, 'c');
    await submit();
    expect(answer(submitted)).toEqual(['c']);
    [...part(1).querySelectorAll('button')].at(-1)?.click();
    await submit();
    expect(submitted[1]?.answers[0]?.values).toEqual([]);
  });

  it('is a list that typing searches above five, by the keyboard alone', async () => {
    const { submitted } = await ask({
      kind: 'listSingle',
      options: options('Sage', 'Mint', 'Rue', 'Dill', 'Basil', 'Savory'),
    });
    const input = control();
    expect(input.getAttribute('role')).toBe('combobox');
    type(input, 'sa');
    expect(all('form-option').map((item) => item.textContent?.trim())).toEqual(['Sage', 'Savory']);
    expect(input.getAttribute('aria-expanded')).toBe('true');
    press(input, 'ArrowDown');
    press(input, 'ArrowDown');
    const active = document.getElementById(input.getAttribute('aria-activedescendant') ?? '');
    expect(active?.textContent?.trim()).toBe('Savory');
    press(input, 'Enter');
    expect(input.value).toBe('Savory');
    expect(all('form-option')).toEqual([]);
    await submit();
    expect(answer(submitted)).toEqual(['savory']);
  });

  it('closes its list on Escape and goes nowhere else', async () => {
    await ask({ kind: 'listSingle', options: options('A', 'B', 'C', 'D', 'E', 'F') });
    type(control(), 'a');
    let outside = false;
    document.body.addEventListener('keydown', () => (outside = true), { once: true });
    press(control(), 'Escape');
    expect(all('form-option')).toEqual([]);
    expect(outside).toBe(false);
  });

  it('is boxes to tick up to seven, and says how many', async () => {
    const { submitted } = await ask({ kind: 'listMulti', options: names('a', 'b', 'c'), least: 2, most: 3 });
    const group = part(1).querySelector('[role=group]');
    expect(group && described(group)).toContain('Choose 2 to 3. · 0 chosen');
    const boxes = part(1).querySelectorAll<HTMLInputElement>('input[type=checkbox]');
    boxes[2]?.click();
    await looked();
    expect(fault()).toBe('Choose at least 2.');
    boxes[0]?.click();
    await submit();
    expect(answer(submitted)).toEqual(['a', 'c']);
  });

  it('shows what was chosen and is not offered any more, so that it can be taken out', async () => {
    const { submitted } = await ask({ kind: 'listMulti', options: names('a', 'b'), values: ['a', 'gone'] });
    await submit();
    expect(fault()).toBe('Choose one of the answers that are offered.');
    part(1).querySelectorAll<HTMLInputElement>('input[type=checkbox]')[2]?.click();
    await submit();
    expect(answer(submitted)).toEqual(['a']);
  });

  it('is a searchable list of several above seven, whose chips the keyboard takes out', async () => {
    const { submitted } = await ask({ kind: 'listMulti', options: names(...'abcdefgh'), values: ['a', 'b'] });
    expect(all('form-chip').map((chip) => chip.textContent?.trim())).toEqual(['A', 'B']);
    type(control(), 'f');
    press(control(), 'ArrowDown');
    press(control(), 'Enter');
    expect(all('form-chip')).toHaveLength(3);
    press(control(), 'Backspace');
    expect(all('form-chip')).toHaveLength(2);
    press(control(), 'ArrowLeft');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Take out B');
    press(document.activeElement as Element, 'Delete');
    expect(document.activeElement).toBe(control());
    await submit();
    expect(answer(submitted)).toEqual(['a']);
  });

  it('is a line for a number, which stays as it was typed and goes as the wire wants it', async () => {
    const { submitted } = await ask({ datatype: 'whole', min: '2', max: '10000' });
    const input = control();
    expect(input.type).toBe('text');
    expect(input.inputMode).toBe('numeric');
    expect(described(input)).toContain('Choose a number from 2 to 10,000.');
    type(input, '12 000');
    await looked();
    expect(fault()).toBe('Choose a number from 2 to 10,000.');
    expect(input.value).toBe('12 000');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(described(input)).toContain('Choose a number from 2 to 10,000.');
    type(input, '9,000');
    await submit();
    expect(answer(submitted)).toEqual(['9000']);
  });

  it('shows dates and times by the platform’s inputs, and what these cannot hold as text', async () => {
    const { submitted } = await fillIn((fake) =>
      hold(fake.world, {
        fields: [
          field(1, { datatype: 'date', values: ['2026-09-14'] }),
          field(2, { datatype: 'time', values: ['21:30:00'] }),
          field(3, { datatype: 'dateTime', values: ['2026-11-27T19:30:00+01:00'] }),
          field(4, { datatype: 'date', values: ['-0044-03-15'] }),
        ],
      }),
    );
    expect([1, 2, 3, 4].map((id) => [control(id).type, control(id).value])).toEqual([
      ['date', '2026-09-14'],
      ['time', '21:30:00'],
      ['datetime-local', '2026-11-27T18:30'],
      ['text', '-0044-03-15'],
    ]);
    type(control(2), '08:15');
    type(control(3), '2026-12-01T08:00');
    type(control(4), '2026-01-01');
    await submit();
    expect(submitted[0]?.answers.map(({ values }) => values[0])).toEqual([
      '2026-09-14',
      '08:15:00',
      '2026-12-01T08:00:00Z',
      '2026-01-01',
    ]);
  });

  it('offers languages by name and takes any tag', async () => {
    const { submitted } = await ask({ datatype: 'language', values: ['de'] });
    expect(control().value).toBe('German (de)');
    type(control(), 'gsw-CH');
    control().dispatchEvent(new FocusEvent('blur'));
    await submit();
    expect(answer(submitted)).toEqual(['gsw-CH']);
  });

  it('is lines for a text of several, each a value, and says which is wrong', async () => {
    const { submitted } = await ask({ kind: 'textMulti', values: ['one', 'two'] });
    const area = control<HTMLTextAreaElement>();
    expect(area.value).toBe('one\ntwo');
    type(area, 'one\nrefuse this');
    await looked();
    expect(fault()).toBe('Line 2: The service says: Not in this orchard.');
    type(area, 'one\n\nthree');
    await submit();
    expect(answer(submitted)).toEqual(['one', '', 'three']);
  });

  it('hides a password until it is to be seen', async () => {
    await ask({ kind: 'textPrivate' });
    expect(control().type).toBe('password');
    const reveal = part(1).querySelector('button');
    expect(reveal?.getAttribute('aria-label')).toBe('Show password');
    reveal?.click();
    await settle();
    expect(control().type).toBe('text');
  });

  it('completes an address from the people one knows', async () => {
    const { submitted } = await ask({ kind: 'jidSingle', required: true });
    type(control(), 'nur');
    expect(all('form-option').map((item) => item.textContent)).toEqual([
      expect.stringContaining('nurse@capulet.example'),
    ]);
    press(control(), 'ArrowDown');
    press(control(), 'Enter');
    await submit();
    expect(answer(submitted)).toEqual(['nurse@capulet.example']);
  });

  it('takes several addresses at once from what is pasted, and marks the one that is wrong', async () => {
    const { submitted } = await ask({ kind: 'jidMulti', values: ['a@x.example'] });
    const clipboard = { getData: () => 'Juliet <b@x.example>, c@x.example; a@x.example\nd@@x' };
    control().dispatchEvent(
      Object.assign(new Event('paste', { bubbles: true, cancelable: true }), { clipboardData: clipboard }),
    );
    await settle();
    expect(all('form-chip').map((chip) => chip.textContent?.trim())).toEqual([
      'a@x.example',
      'b@x.example',
      'c@x.example',
      'd@@x',
    ]);
    await looked();
    expect(fault()).toContain('d@@x: This is not an address.');
    press(control(), 'Backspace');
    type(control(), 'e@x.example');
    press(control(), 'Enter');
    await submit();
    expect(answer(submitted)).toEqual(['a@x.example', 'b@x.example', 'c@x.example', 'e@x.example']);
  });

  it('tells what is fixed, and what cannot be answered', async () => {
    await fillIn((fake) =>
      hold(fake.world, {
        fields: [
          field(1, { kind: 'fixed', label: '', values: ['<b>About</b>'] }),
          field(2, { asked: false, label: 'Since', datatype: 'date', values: ['2020-05-01'] }),
          field(3, { unchecked: true }),
        ],
        cut: true,
      }),
    );
    expect(find('form-fixed').textContent?.trim()).toBe('<b>About</b>');
    expect(find('form-told').textContent).toMatch(/Since\s*May 1, 2020/);
    expect(described(control(3))).toContain('Waxwing cannot check this one');
    expect(find('form').textContent).toContain('larger than Waxwing takes');
  });
});

describe('pictures and sounds', () => {
  const media = { width: null, height: null, data: null, elsewhere: null } as const;

  it('are asked for where the service has them, and once more where that failed', async () => {
    let fails = true;
    const asked = { fields: [field(1, { label: 'Code', media: [{ ...media, kind: 'image' as const }] })] };
    await fillIn((fake) => {
      fake.overrides['form.media'] = () =>
        fails ? Promise.reject(failure('timeout')) : Promise.resolve({ data: 'data:image/png;base64,AA==' });
      return hold(fake.world, asked);
    });
    expect(part(1).textContent).toContain('Picture is being fetched…');
    await settle();
    expect(find('failure').dataset['code']).toBe('timeout');
    fails = false;
    find('failure').querySelector('button')?.click();
    await settle(5);
    expect(part(1).querySelector('img')?.alt).toBe('Picture for “Code”');
  });

  it('are shown, and the others offered', async () => {
    await ask({
      media: [
        { ...media, kind: 'image', data: 'data:image/png;base64,AA==', width: 9000, height: 50 },
        { ...media, kind: 'audio' },
      ],
    });
    const image = part(1).querySelector('img');
    expect(image?.alt).toBe('Picture for “Question”');
    expect(image?.hasAttribute('width')).toBe(false);
    expect(image?.getAttribute('height')).toBe('50');
    expect([...part(1).querySelectorAll('[role=group] button')].map((item) => item.textContent?.trim())).toEqual([
      'Picture',
      'Sound',
    ]);
  });

  it('are fetched from elsewhere only when the person says so', async () => {
    const { fake } = await ask({ media: [{ ...media, kind: 'image', elsewhere: 'https://pictures.example/a.png' }] });
    await settle(20);
    expect(fake.calls.some(({ name }) => name === 'form.media')).toBe(false);
    expect(part(1).textContent).toContain('pictures.example will learn your network address');
    expect(find('form-media-show').textContent).toContain('Show from pictures.example');
    find('form-media-show').click();
    await settle(20);
    expect(fake.calls.find(({ name }) => name === 'form.media')?.request).toMatchObject({ field: 1, media: 0 });
    expect(part(1).querySelector('img')).toBeTruthy();
  });
});

describe('a date that is half typed', () => {
  it('is not handed in as none', async () => {
    const { submitted } = await ask({ datatype: 'date', values: ['2026-09-14'] });
    const input = control();
    Object.defineProperty(input, 'validity', { configurable: true, value: { badInput: true } });
    type(input, '');
    await submit();
    expect(fault()).toContain('Enter a whole date');
    expect(control().type).toBe('date');
    expect(submitted).toEqual([]);
  });
});
