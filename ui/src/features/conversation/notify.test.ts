import { describe, expect, it } from 'vitest';
import type { ConversationNotify } from '../../ipc/contract';
import type { Fake } from '../../ipc/fake';
import { failure, NOTIFY } from '../../ipc/fake/world';
import { isMuted } from '../../state/muting';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle } from '../../test-window';
import { mutedWords } from './notify';

const HOUR = 3_600_000;
const kept = (fake: Fake) =>
  fake.calls
    .filter((call) => call.name === 'conversation.notify')
    .map((call) => (call.request as { notify: ConversationNotify }).notify);
const row = (peer: string) => find('conversation-row', `[data-peer="${peer}"]`);
const until = (notify: ConversationNotify | undefined) => (notify?.mutedUntil ?? 0) - Date.now();

function choose(testid: string, value: string) {
  const select = find<HTMLSelectElement>(testid);
  select.value = value;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

/** As a person does: what is pressed has the focus. */
function openMenu() {
  find('chat-menu').focus();
  find('chat-menu').click();
}

describe('isMuted', () => {
  it('ends by itself', () => {
    expect(isMuted(NOTIFY, 5)).toBe(false);
    expect(isMuted({ ...NOTIFY, muted: true }, 5)).toBe(true);
    expect(isMuted({ ...NOTIFY, muted: true, mutedUntil: 6 }, 5)).toBe(true);
    expect(isMuted({ ...NOTIFY, muted: true, mutedUntil: 5 }, 5)).toBe(false);
    expect(isMuted({ ...NOTIFY, muted: false, mutedUntil: 6 }, 5)).toBe(false);
  });
});

describe('mutedWords', () => {
  const at = Date.UTC(2026, 4, 4, 20);
  it('name the time, and the day where it is far off', () => {
    expect(mutedWords({ ...NOTIFY, muted: true }, at)).toBe('Muted until you unmute it.');
    expect(mutedWords({ ...NOTIFY, muted: true, mutedUntil: at + 8 * HOUR }, at)).toMatch(/^Muted until 4:00.AM\.$/);
    expect(mutedWords({ ...NOTIFY, muted: true, mutedUntil: at + 48 * HOUR }, at)).toContain('May 6');
  });
});

describe('the menu of a conversation', () => {
  async function menu(peer = JULIET) {
    const opened = await openWindow();
    await openChat(opened.app, peer);
    openMenu();
    await settle();
    return opened;
  }

  it.each([
    ['hour', 1],
    ['hours', 8],
  ])('mutes for a time (%s)', async (key, hours) => {
    const { fake } = await menu();
    find('notify-mute', `[data-for="${key}"]`).click();
    await settle();
    expect(kept(fake)).toHaveLength(1);
    expect(kept(fake)[0]?.muted).toBe(true);
    expect(Math.abs(until(kept(fake)[0]) - hours * HOUR)).toBeLessThan(5000);
    expect(find('conversation').querySelector('[data-testid=muted]')?.textContent).toContain('Muted until');
    expect(row(JULIET).textContent).toContain('Muted');
  });

  it('mutes for good and lets it speak again, by keyboard', async () => {
    const { fake } = await menu();
    const list = document.querySelector('[role=menu]') as HTMLElement;
    press(list, 'ArrowDown');
    press(list, 'ArrowDown');
    expect(document.activeElement).toBe(find('notify-mute', '[data-for="forever"]'));
    (document.activeElement as HTMLElement).click();
    await settle();
    expect(kept(fake)).toEqual([{ ...NOTIFY, muted: true, mutedUntil: null }]);
    expect(document.activeElement).toBe(find('chat-menu'));
    openMenu();
    await settle();
    expect(all('notify-mute')).toEqual([]);
    find('notify-unmute').click();
    await settle();
    expect(kept(fake).at(-1)).toEqual(NOTIFY);
    expect(row(JULIET).querySelector('[data-testid=muted]')).toBeNull();
  });

  it('keeps what else was chosen', async () => {
    const { fake } = await menu();
    fake.world.changeConversation(`${ACCOUNT}/${JULIET}`, { notify: { ...NOTIFY, preview: 'name', sound: false } });
    await settle();
    find('notify-mute', '[data-for="forever"]').click();
    await settle();
    expect(kept(fake)[0]).toEqual({ muted: true, mutedUntil: null, preview: 'name', sound: false });
  });

  it('offers to mute where muting is over', async () => {
    const { fake } = await menu();
    fake.world.changeConversation(`${ACCOUNT}/${JULIET}`, {
      notify: { ...NOTIFY, muted: true, mutedUntil: Date.now() - 1 },
    });
    await settle();
    expect(all('notify-mute')).toHaveLength(3);
    expect(row(JULIET).querySelector('[data-testid=muted]')).toBeNull();
  });

  it('opens what notifications say and whether they sound', async () => {
    const { fake } = await menu();
    find('notify-open').click();
    await settle();
    const dialog = find('notify-dialog');
    expect(dialog.textContent).toContain('As everywhere (Name and text)');
    choose('notify-preview', 'name');
    await settle();
    choose('notify-sound', 'off');
    await settle();
    expect(kept(fake).at(-1)).toEqual({ ...NOTIFY, preview: 'name', sound: false });
    choose('notify-preview', 'usual');
    await settle();
    choose('notify-sound', 'usual');
    await settle();
    expect(kept(fake).at(-1)).toEqual(NOTIFY);
    press(dialog, 'Escape');
    await settle();
    expect(document.activeElement).toBe(find('chat-menu'));
  });
});

describe('the details of a conversation', () => {
  it('mute and unmute, with the focus on what takes the place of the button', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    app.place.details = true;
    await settle();
    const button = find('notify-mute', '[data-for="hour"]');
    button.focus();
    button.click();
    await settle();
    expect(kept(fake)[0]?.muted).toBe(true);
    expect(document.activeElement).toBe(find('notify-unmute'));
  });

  it('say why a choice could not be kept, and show what is', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    app.place.details = true;
    await settle();
    fake.overrides['conversation.notify'] = () => Promise.reject(failure('storage'));
    choose('notify-preview', 'nothing');
    await settle();
    expect(find('failure').dataset['code']).toBe('storage');
    expect(find<HTMLSelectElement>('notify-preview').value).toBe('usual');
  });

  it('bring a hidden conversation back where it is muted', async () => {
    const { app, fake } = await openWindow();
    await openChat(app, 'nurse@capulet.example');
    fake.world.conversations.delete(`${ACCOUNT}/nurse@capulet.example`);
    fake.world.views.conversations.delta([], [`${ACCOUNT}/nurse@capulet.example`]);
    app.place.details = true;
    await settle();
    find('notify-mute', '[data-for="forever"]').click();
    await settle();
    expect(app.conversation(ACCOUNT, 'nurse@capulet.example')?.notify.muted).toBe(true);
  });
});

describe('a muted conversation’s row', () => {
  it('says so in words and counts in a quieter voice', async () => {
    const { fake } = await openWindow();
    const peer = 'benvolio@montague.example';
    fake.world.changeConversation(`${ACCOUNT}/${peer}`, { notify: { ...NOTIFY, muted: true } });
    await settle();
    expect(row(peer).querySelector('[data-testid=muted]')?.textContent?.trim()).toBe('Muted');
    expect(row(peer).querySelector('.count')?.classList.contains('quiet')).toBe(true);
    expect(row(peer).textContent).toContain('12 unread messages');
    expect(row(peer).querySelector('.unread')).toBeNull();
  });
});
