import axe from 'axe-core';
import { describe, expect, it, vi } from 'vitest';
import type { WorldOptions } from '../../ipc/fake/world';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, openWindow, press, settle, type } from '../../test-window';

async function openServices(options: WorldOptions & { language?: string } = {}) {
  const opened = await openWindow(options);
  find('section-services').click();
  await vi.waitFor(() => find('service-command'));
  await vi.waitFor(() => item('service-row', 'Rooms of the orchard'));
  await vi.waitFor(() => expect(page().textContent).toContain('Gateways'));
  await settle(5);
  return opened;
}
const page = () => find('service-page');
const heading = () => page().querySelector('h2')?.textContent;
const item = (testid: string, text: string) => {
  const found = all(testid).find((element) => element.textContent?.includes(text));
  if (!found) throw new Error(`no ${testid} says ${text}`);
  return found;
};
async function press1(testid: string, text: string) {
  item(testid, text).click();
  await settle(5);
}
const calls = (fake: { calls: { name: string; request: unknown }[] }, name: string) =>
  fake.calls.filter((call) => call.name === name).map(({ request }) => request);

describe('services', () => {
  it('begin with the own server: what it is, what it has by kind, and whom to turn to', async () => {
    await openServices();
    expect(heading()).toBe('The Orchard');
    const titles = [...page().querySelectorAll('h3')].map((title) => title.textContent?.trim());
    expect(titles).toEqual(
      expect.arrayContaining(['Rooms', 'Feeds', 'Search', 'Gateways', 'Commands', 'Whom to turn to']),
    );
    expect(page().textContent).toContain('Operators');
    expect(page().textContent).toMatch(/Takes new people\s*Yes/);
    expect(all('service-row')[0]?.textContent).toContain('The Orchard');
    expect(all('service-row')[0]?.getAttribute('aria-current')).toBe('true');
  });

  it('are gone into and back, and forth again', async () => {
    await openServices();
    await press1('service-item', 'Rooms of the orchard');
    await vi.waitFor(() => expect(all('service-item')).toHaveLength(50));
    expect(page().textContent).toContain('130 in all');
    find('service-more').click();
    await vi.waitFor(() => expect(all('service-item')).toHaveLength(100));
    press(document.body, 'ArrowLeft', { altKey: true });
    await settle(5);
    expect(heading()).toBe('The Orchard');
    find('service-forward').click();
    await settle(5);
    expect(heading()).toBe('Rooms of the orchard');
    expect(all('service-item')).toHaveLength(100);
  });

  it('are looked at by any address, and say why one cannot be', async () => {
    const { fake } = await openServices();
    type(find<HTMLInputElement>('service-address'), 'xmpp:Nowhere.example');
    press(find('service-address'), 'Enter');
    await vi.waitFor(() => find('failure'));
    expect(find('failure').dataset['code']).toBe('theirServerUnreachable');
    fake.overrides['service.look'] = () =>
      Promise.resolve({
        address: 'nowhere.example',
        node: null,
        name: 'Back again',
        kind: 'gateway',
        identities: [],
        features: [],
        offers: [],
        forms: [],
        contacts: [],
      });
    find('failure').querySelector('button')?.click();
    await settle(5);
    expect(heading()).toBe('Back again');
    expect(all('service-row')[0]?.getAttribute('aria-current')).toBeNull();
  });

  it('say that one is not connected, and ask when the connection is back', async () => {
    const { fake } = await openWindow({ session: { state: 'offline' } });
    find('section-services').click();
    await settle(10);
    expect(find('service-offline').textContent).toContain('You are not connected');
    expect(all('failure')).toEqual([]);
    fake.world.changeAccount(ACCOUNT, { session: { state: 'online', catchingUp: false } });
    await vi.waitFor(() => expect(heading()).toBe('The Orchard'));
    expect(all('service-offline')).toEqual([]);
  });

  it('show their nodes as a tree that the keyboard walks', async () => {
    await openServices();
    await press1('service-item', 'Feeds');
    await vi.waitFor(() => expect(all('service-item')).toHaveLength(3));
    (find('service-technical') as HTMLDetailsElement).open = true;
    await settle(5);
    const nodes = () => [...find('service-tree').querySelectorAll<HTMLElement>('[role=treeitem]')];
    nodes()[0]?.focus();
    press(nodes()[0] as Element, 'ArrowRight');
    await vi.waitFor(() => expect(nodes()).toHaveLength(4));
    expect(nodes()[0]?.getAttribute('aria-expanded')).toBe('true');
    expect(nodes()[1]?.getAttribute('aria-level')).toBe('2');
    press(nodes()[0] as Element, 'ArrowDown');
    await settle(30);
    expect(document.activeElement).toBe(nodes()[1]);
    press(nodes()[1] as Element, 'Enter');
    await settle(5);
    expect(heading()).toBe('news');
  });
});

describe('what there is to hear', () => {
  it('is sound on every page', async () => {
    const wrong = async () => {
      const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
      return violations.flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)}`));
    };
    const { app } = await openServices();
    (find('service-technical') as HTMLDetailsElement).open = true;
    await settle(5);
    expect(await wrong(), 'a server').toEqual([]);
    for (const command of ['weather', 'Everybody, in a table', 'Set up a room', 'takes too long']) {
      await press1('service-command', command);
      expect(await wrong(), command).toEqual([]);
      find('back').click();
      await settle(5);
    }
    for (const [address, view] of [
      ['sms.orchard.example', 'register'],
      ['people.orchard.example', 'search'],
    ] as const) {
      app.place.openService({ account: ACCOUNT, address, node: null, view });
      await settle(10);
      expect(await wrong(), view).toEqual([]);
    }
  }, 40_000);
});

describe('a command', () => {
  const answer = async (label: string) => {
    [...page().querySelectorAll('label')].find((element) => element.textContent?.includes(label))?.click();
    await settle();
  };
  const submit = async () => {
    page().querySelector<HTMLFormElement>('form')?.requestSubmit();
    await settle(10);
  };

  it('goes step by step, back as well, and keeps what was answered', async () => {
    const { fake } = await openServices();
    await press1('service-command', 'Plant something');
    expect(page().textContent).toContain('What shall be planted?');
    await submit();
    expect(find('form-fault').textContent).toContain('Choose an answer.');
    await answer('Mint');
    await submit();
    expect(page().textContent).toContain('When?');
    find('form-back').click();
    await settle(10);
    expect(page().querySelector<HTMLInputElement>('input:checked')?.closest('label')?.textContent).toContain('Mint');
    await submit();
    type(page().querySelector('input[type=date]') as HTMLInputElement, '2026-12-01');
    await submit();
    expect(find('run').dataset['state']).toBe('completed');
    expect(find('run-note').textContent).toContain('Done. Thank you.');
    expect(calls(fake, 'service.command').map((request) => (request as { action: string | null }).action)).toEqual([
      null,
      'next',
      'prev',
      'next',
      'complete',
    ]);
  });

  it('is there still after looking at another section, and given up when it is left', async () => {
    const { fake } = await openServices();
    await press1('service-command', 'Plant something');
    await answer('Rue');
    find('section-chats').click();
    await settle();
    find('section-services').click();
    await settle(5);
    expect(page().querySelector<HTMLInputElement>('input:checked')?.closest('label')?.textContent).toContain('Rue');
    find('back').click();
    await settle(5);
    expect(heading()).toBe('The Orchard');
    expect(calls(fake, 'service.command').at(-1)).toMatchObject({ session: 'session-1', action: 'cancel' });
    expect(calls(fake, 'form.close').length).toBeGreaterThan(0);
    // It would begin again: there is no way forth to it.
    expect((find('service-forward') as HTMLButtonElement).disabled).toBe(true);
  });

  it('says that its session expired, begins again and has the answers still', async () => {
    await openServices();
    await press1('service-command', 'takes too long');
    await answer('Dill');
    await submit();
    expect(find('run-expired').textContent).toContain('has forgotten where you were');
    expect(page().querySelector<HTMLInputElement>('input:checked')).toBeTruthy();
    find('run-again').click();
    await settle(10);
    expect(all('run-expired')).toEqual([]);
    expect(page().querySelector<HTMLInputElement>('input:checked')?.closest('label')?.textContent).toContain('Dill');
  });

  it('says what the service noted, and that an error means it failed', async () => {
    await openServices();
    await press1('service-command', 'weather');
    expect(all('run-note').map((note) => note.dataset['kind'])).toEqual(['info', 'warn', 'error']);
    expect(page().textContent).toContain('It did not work.');
    expect(find('service-link').textContent).toContain('https://weather.example/orchard');
    find('run-back').click();
    await settle(5);
    await press1('service-command', 'for the owner only');
    expect(find('failure').dataset['code']).toBe('forbidden');
  });
});

describe('a directory', () => {
  it('is searched, and people are added and written to', async () => {
    const { app } = await openServices();
    await press1('service-item', 'Who is who');
    find('service-search').click();
    await settle(10);
    type(page().querySelector('[data-field="1"] input') as HTMLInputElement, 'jul');
    page().querySelector<HTMLFormElement>('form')?.requestSubmit();
    await vi.waitFor(() => find('form-table'));
    expect(find('directory-result').textContent).toContain('40 results');
    find('form-add').click();
    expect(app.place.overlay).toEqual({
      kind: 'addContact',
      account: ACCOUNT,
      jid: 'juliet.0@capulet.example',
      name: 'Juliet Capulet',
    });
    app.place.overlay = null;
    find('form-row').querySelector<HTMLElement>('button')?.click();
    await settle(5);
    expect(app.place.conversation).toEqual({ account: ACCOUNT, peer: 'juliet.0@capulet.example' });
  });

  it('says that nobody was found', async () => {
    await openServices();
    await press1('service-item', 'Who is who');
    find('service-search').click();
    await settle(10);
    type(page().querySelector('[data-field="1"] input') as HTMLInputElement, 'nobody');
    page().querySelector<HTMLFormElement>('form')?.requestSubmit();
    await vi.waitFor(() => find('directory-result'));
    expect(find('directory-result').textContent).toContain('Nobody was found');
  });
});

describe('a registration', () => {
  it('is made, told, and ended after a question', async () => {
    const { fake } = await openServices();
    await press1('service-item', 'Text messages');
    find('service-register').click();
    await settle(10);
    fake.overrides['registration.submit'] = () =>
      Promise.resolve({ form: null, faults: [], failure: failure('nameTaken', { condition: 'conflict' }) });
    const fill = async () => {
      type(page().querySelector('[data-field="1"] input') as HTMLInputElement, '0170');
      type(page().querySelector('[data-field="2"] input') as HTMLInputElement, 'x');
      page().querySelector<HTMLFormElement>('form')?.requestSubmit();
      await settle(20);
    };
    await fill();
    expect(find('failure').dataset['code']).toBe('nameTaken');
    expect(page().querySelector<HTMLInputElement>('[data-field="1"] input')?.value).toBe('0170');
    delete fake.overrides['registration.submit'];
    await fill();
    expect(find('registered').textContent).toContain('You are registered here.');
    find('registration-end').click();
    await settle();
    find('confirm').click();
    await settle(20);
    expect(all('registered')).toEqual([]);
    expect(calls(fake, 'registration.end')).toHaveLength(1);
  });

  it('leads to a web page where the service wants that', async () => {
    await openServices();
    await press1('service-item', 'Telefax');
    find('service-register').click();
    await settle(10);
    expect(page().textContent).toContain('Registration is done on a web page:');
    expect(find('service-link').textContent).toContain('https://fax.example/register');
  });
});
