import { describe, expect, it, vi } from 'vitest';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, find, JULIET, openChat, openWindow, press, settle, type } from '../../test-window';

const input = () => find<HTMLTextAreaElement>('composer-input');
const button = () => find<HTMLButtonElement>('composer-send');

async function composer() {
  const opened = await openWindow();
  await openChat(opened.app);
  const sent = () =>
    opened.fake.calls
      .filter((call) => call.name === 'message.send')
      .map((call) => (call.request as { body: string }).body);
  return { ...opened, sent };
}

describe('the composer', () => {
  it('sends with Enter and is empty after', async () => {
    const { sent } = await composer();
    type(input(), 'hello');
    press(input(), 'Enter');
    await settle();
    expect(sent()).toEqual(['hello']);
    expect(input().value).toBe('');
  });

  it('leaves Shift+Enter to the text, and swaps where the setting says so', async () => {
    const { app, sent } = await composer();
    type(input(), 'hello');
    expect(press(input(), 'Enter', { shiftKey: true }).defaultPrevented).toBe(false);
    app.settings = { ...app.settings, enterSends: false };
    expect(press(input(), 'Enter').defaultPrevented).toBe(false);
    expect(sent()).toEqual([]);
    press(input(), 'Enter', { shiftKey: true });
    await settle();
    expect(sent()).toEqual(['hello']);
  });

  it('refuses what is empty silently', async () => {
    const { sent } = await composer();
    expect(button().disabled).toBe(true);
    type(input(), ' \n ');
    expect(button().disabled).toBe(true);
    press(input(), 'Enter');
    await settle();
    expect(sent()).toEqual([]);
    type(input(), 'x');
    expect(button().disabled).toBe(false);
  });

  it('does not send while the input method composes', async () => {
    const { sent } = await composer();
    type(input(), 'に');
    press(input(), 'Enter', { isComposing: true });
    press(input(), 'Enter', { keyCode: 229 });
    await settle();
    expect(sent()).toEqual([]);
  });

  it('says in words that a message is too long, and loses nothing', async () => {
    await composer();
    const long = 'x'.repeat(20_000);
    type(input(), long);
    press(input(), 'Enter');
    await settle();
    expect(find('composer-failure').dataset['code']).toBe('tooLong');
    expect(find('composer-failure').textContent).toContain('too long');
    expect(input().value).toBe(long);
  });

  it('puts a refused text before what was typed meanwhile', async () => {
    const { fake } = await composer();
    let refuse: (reason: unknown) => void = () => undefined;
    fake.overrides['message.send'] = () => new Promise((_, reject) => (refuse = reject));
    type(input(), 'first');
    press(input(), 'Enter');
    await settle();
    type(input(), 'second');
    refuse(failure('diskFull'));
    await settle();
    expect(input().value).toBe('first\nsecond');
    expect(find('composer-failure').dataset['code']).toBe('diskFull');
  });

  it('keeps the draft of each conversation', async () => {
    const { app, fake } = await composer();
    type(input(), 'unfinished');
    await openChat(app, 'nurse@capulet.example');
    expect(input().value).toBe('');
    const drafts = fake.calls.filter((call) => call.name === 'conversation.draft').map((call) => call.request);
    expect(drafts).toContainEqual({ account: ACCOUNT, peer: JULIET, text: 'unfinished' });
    await openChat(app);
    expect(input().value).toBe('unfinished');
  });

  it('begins with the stored draft', async () => {
    const { app } = await openWindow();
    await openChat(app, 'friar.laurence@verona.example');
    expect(input().value).toBe('Rosemary and');
  });

  it('tells once that one types, and that one stopped', async () => {
    const { fake, app } = await composer();
    const told = () =>
      fake.calls
        .filter((call) => call.name === 'conversation.typing')
        .map((call) => (call.request as { typing: boolean }).typing);
    type(input(), 'a');
    type(input(), 'ab');
    expect(told()).toEqual([true]);
    type(input(), '');
    expect(told()).toEqual([true, false]);
    type(input(), 'c');
    await openChat(app, 'nurse@capulet.example');
    expect(told()).toEqual([true, false, true, false]);
  });

  it('cannot be written in while the person is blocked', async () => {
    const { fake } = await composer();
    fake.world.changeConversation(`${ACCOUNT}/${JULIET}`, { blocked: true });
    await settle();
    expect(input().disabled).toBe(true);
  });
});

describe('a sent message', () => {
  it('is followed from queued to read', async () => {
    const { fake } = await composer();
    type(input(), 'follow me');
    press(input(), 'Enter');
    const state = () =>
      [...document.querySelectorAll<HTMLElement>('[data-testid="message"]')].at(-1)?.dataset['delivery'];
    await vi.waitFor(() => expect(state()).toBe('queued'));
    await vi.waitFor(() => expect(state()).toBe('onServer'), 2000);
    await vi.waitFor(() => expect(state()).toBe('read'), 4000);
    expect(fake.calls.filter((call) => call.name === 'message.send')).toHaveLength(1);
  });
});
