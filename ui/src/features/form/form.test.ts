import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { everyControl, field, hold, inPages, long } from '../../ipc/fake/forms';
import { all, find, press, settle, type } from '../../test-window';
import { ask, control, fault, fillIn, part, submit } from './test-form.svelte';

async function wrong(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    rules: {
      'color-contrast': { enabled: false },
      region: { enabled: false },
      'page-has-heading-one': { enabled: false },
      'heading-order': { enabled: false },
    },
  });
  return violations.flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 200)}`));
}

describe('a form', () => {
  it('is sound to hear, with all its controls', async () => {
    await fillIn((fake) => everyControl(fake.world));
    await settle(20);
    expect(await wrong()).toEqual([]);
    await submit();
    expect(all('form-fault').length).toBeGreaterThan(1);
    expect(await wrong(), 'with faults').toEqual([]);
  });

  it('keeps what was typed while the person looks elsewhere', async () => {
    const { again } = await ask({ values: ['before'] });
    type(control(), 'half a th');
    await again();
    expect(control().value).toBe('half a th');
  });

  it('says nothing of fields that were not touched until it is handed in, and brings the first fault forward', async () => {
    const { submitted } = await fillIn((fake) =>
      hold(fake.world, { fields: [field(1, {}), field(2, { required: true }), field(3, { required: true })] }),
    );
    type(control(1), 'x');
    control(1).dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    await settle(20);
    expect(all('form-fault')).toEqual([]);
    await submit();
    expect(fault(2)).toBe('Fill this in.');
    expect(document.activeElement).toBe(control(2));
    expect(find('form').querySelector('footer [role=status]')?.textContent).toBe('2 answers need a look');
    expect(submitted).toEqual([]);
  });

  it('looks at an answer as soon as the person goes on', async () => {
    await ask({ datatype: 'whole' });
    type(control(), 'many');
    control().dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    await settle(5);
    expect(fault()).toBe('Enter a whole number.');
    type(control(), '5');
    control().dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    await settle(5);
    expect(fault()).toBeNull();
  });

  it('writes numbers as the person’s language does', async () => {
    const { submitted } = await ask({ datatype: 'decimal', min: '0.5', max: '10000' }, { language: 'de' });
    expect(part(1).textContent).toContain('Wähle eine Zahl von 0,5 bis 10.000.');
    type(control(), '1.250,75');
    await submit();
    expect(submitted[0]?.answers[0]?.values).toEqual(['1250.75']);
    expect(control().value).toBe('1.250,75');
  });

  it('puts what the service says beside its field', async () => {
    const { refuse } = await ask({ values: ['Orchard'] });
    await refuse([{ field: 1, at: null, trouble: { trouble: 'refused', text: 'Taken by <i>others</i>' } }]);
    expect(fault()).toBe('The service says: Taken by <i>others</i>');
    expect(document.activeElement).toBe(control());
  });
});

describe('pages', () => {
  const here = () => document.querySelector('[aria-current=step]')?.textContent?.trim();

  it('are steps; one with a fault is not left by going on', async () => {
    const { submitted } = await fillIn((fake) => inPages(fake.world));
    expect(here()).toBe('Basics');
    type(control(1), '');
    find('form-continue').click();
    await settle(5);
    expect(here()).toBe('Basics');
    expect(fault(1)).toBe('Fill this in.');
    type(control(1), 'Orchard');
    find('form-continue').click();
    await settle(5);
    expect(here()).toBe('Who may join');
    find('form-back').click();
    await settle(5);
    expect(here()).toBe('Basics');
    expect(submitted).toEqual([]);
  });

  it('that were seen can be gone to, and those with a fault are marked', async () => {
    const { refuse, again } = await fillIn((fake) => inPages(fake.world));
    find('form-continue').click();
    await settle(5);
    all('form-step')[0]?.click();
    await settle(5);
    expect(here()).toBe('Basics');
    expect(all('form-step')[1]?.textContent).toContain('needs a look');
    expect((all('form-step')[2] as HTMLButtonElement).disabled).toBe(true);
    await again();
    expect(here()).toBe('Basics');
    await refuse([{ field: 8, at: null, trouble: { trouble: 'notAnOption' } }]);
    expect(here()).toBe('Archive');
    expect(document.activeElement?.closest('[data-field]')).toBe(part(8));
  });

  it('hand everything in at the end, sections and all', async () => {
    const { submitted } = await fillIn((fake) => inPages(fake.world));
    find('form-continue').click();
    await settle(5);
    type(control(5), '50');
    for (const title of ['Archive', 'Review']) {
      find('form-continue').click();
      await settle(5);
      expect(here()).toBe(title);
      if (title === 'Archive') expect(find('form-section').querySelector('legend')?.textContent).toBe('Messages');
    }
    expect(all('form-continue')).toEqual([]);
    await submit();
    expect(submitted[0]?.answers).toHaveLength(8);
    expect(submitted[0]?.answers.find(({ field: id }) => id === 5)?.values).toEqual(['50']);
  });
});

describe('a thousand fields', () => {
  it('begin with what is seen, and all come; one is found by its name', async () => {
    await fillIn((fake) => long(fake.world, 300));
    expect(all('form-field').length).toBeLessThan(100);
    for (let turn = 0; turn < 40 && all('form-field').length < 300; turn += 1) await settle(20);
    expect(all('form-field')).toHaveLength(300);
    type(find<HTMLInputElement>('form-find'), 'bed 217');
    await settle();
    // By its label, and the one that is called so.
    expect(all('form-field').map((item) => item.dataset['field'])).toEqual(['216', '217']);
  });

  it('are brought forward where one is wrong that was not drawn yet', async () => {
    const { refuse } = await fillIn((fake) => long(fake.world, 300));
    await refuse([{ field: 290, at: null, trouble: { trouble: 'refused', text: 'no' } }]);
    expect(document.activeElement?.closest('[data-field]')).toBe(part(290));
  });
});

describe('Escape', () => {
  it('leaves the field first, so that one key cannot lose what was typed', async () => {
    await ask({});
    let outside = 0;
    const heard = () => (outside += 1);
    addEventListener('keydown', heard);
    type(control(), 'half a th');
    press(control(), 'Escape');
    expect(outside).toBe(0);
    expect(document.activeElement).toBe(find('form').querySelector('.step'));
    press(document.activeElement as Element, 'Escape');
    expect(outside).toBe(1);
    removeEventListener('keydown', heard);
  });
});

describe('a result', () => {
  it('is a list of descriptions, with people to write to', async () => {
    const written: string[] = [];
    const onperson = (jid: string) => void written.push(jid);
    await fillIn(
      (fake) =>
        hold(fake.world, {
          kind: 'result',
          title: 'Found',
          fields: [
            field(1, { kind: 'boolean', label: 'Open', values: ['true'] }),
            field(2, { kind: 'listSingle', label: 'Herb', options: [{ label: 'Sage', value: 's' }], values: ['s'] }),
            field(3, { kind: 'jidMulti', label: 'Owners', values: ['a@x.example', 'b@x.example'] }),
            field(4, { label: 'Note', values: [] }),
          ],
        }),
      { onperson },
    );
    const lists = find('form').querySelectorAll('dl');
    expect(lists).toHaveLength(1);
    expect([...find('form').querySelectorAll('dt')].map((term) => term.textContent)).toEqual([
      'Open',
      'Herb',
      'Owners',
      'Note',
    ]);
    const told = [...find('form').querySelectorAll('dd')].map((value) =>
      value.textContent?.replace(/\s+/g, ' ').trim(),
    );
    expect(told).toEqual(['Yes', 'Sage', 'a@x.exampleb@x.example', 'not said']);
    find('form').querySelectorAll('button')[1]?.click();
    expect(written).toEqual(['b@x.example']);
    expect(all('form-submit')).toEqual([]);
    expect(await wrong()).toEqual([]);
  });
});
