import { describe, expect, it } from 'vitest';
import { talking, fakeCall, ringHere, changeCall } from '../../ipc/fake/calls';
import type { CallOutcome, CallRecord, CallTrouble } from '../../ipc/contract';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle } from '../../test-window';
import { clock, recordWords, troubleWords } from './words';

const TROUBLES: CallTrouble[] = [
  { trouble: 'noWay', relay: false },
  { trouble: 'noWay', relay: true },
  { trouble: 'noRelay' },
  { trouble: 'notEncrypted' },
  { trouble: 'incompatible' },
  { trouble: 'unreachable' },
  { trouble: 'proxy' },
  { trouble: 'ours', message: 'x' },
  { trouble: 'theirs', condition: 'media-error' },
];

describe('words of a call', () => {
  it('count like a clock', () => {
    expect([0, 9_999, 65_000, 3_605_000].map(clock)).toEqual(['00:00', '00:09', '01:05', '1:00:05']);
  });

  it('say how it went', () => {
    const record = (outcome: CallOutcome | null, seconds = 0): CallRecord => ({
      outgoing: false,
      video: true,
      outcome,
      seconds,
      here: true,
    });
    expect(recordWords(record('completed', 767), 'Juliet')).toBe('Video call · ended · 13 minutes');
    expect(recordWords(record('completed', 1), 'Juliet')).toBe('Video call · ended · 1 second');
    expect(recordWords(record('missed'), 'Juliet')).toBe('Video call · missed');
    expect(recordWords(record(null), 'Juliet')).toBe('Video call · going on');
  });

  it('say of every trouble what it is and what to do', () => {
    const said = TROUBLES.map(troubleWords);
    expect(new Set(said.map(({ what }) => what)).size).toBe(TROUBLES.length);
    expect(said.every(({ advice }) => advice.length > 10)).toBe(true);
  });
});

describe('a call', () => {
  it('rings above everything, and leaves the keyboard where it is', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    const before = document.activeElement;
    const call = ringHere(fake.world, ACCOUNT, JULIET, { video: true, stranger: true });
    await settle(20);
    const shown = find('incoming-call');
    expect(shown.textContent).toContain('is calling with video');
    expect(shown.textContent).toContain('Not among your contacts');
    expect(document.activeElement).toBe(before);
    find('call-accept-video').click();
    await settle(20);
    expect(all('incoming-call')).toEqual([]);
    expect(find('call-stage').dataset['phase']).toBe('active');
    expect(app.call?.id).toBe(call.id);
  });

  it('is answered, muted and ended by the keyboard', async () => {
    const { app, fake } = await openWindow();
    const key = (name: string) => press(document.body, name, { ctrlKey: true, shiftKey: true });
    ringHere(fake.world, ACCOUNT, JULIET);
    await settle(20);
    key('A');
    await settle(20);
    expect(app.call?.phase.phase).toBe('active');
    key('M');
    await settle(20);
    expect(app.call?.ours.muted).toBe(true);
    key('D');
    await settle(20);
    expect(app.call).toBeNull();
  });

  it('can be declined', async () => {
    const { fake, app } = await openWindow();
    ringHere(fake.world, ACCOUNT, JULIET);
    await settle(20);
    find('call-decline').click();
    await settle(20);
    expect(all('incoming-call')).toEqual([]);
    expect(app.call).toBeNull();
  });

  it('is a bar beside the chat, and a stage when it is wanted', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    find('call-start').click();
    await settle(20);
    expect(find('call-bar').dataset['phase']).toBe('calling');
    expect(find<HTMLButtonElement>('call-start').disabled).toBe(true);
    changeCall(fake.world, app.call?.id ?? '', talking());
    await settle(20);
    expect(find('call-status').textContent).toContain('good · direct · encrypted');
    expect(all('composer-input').length).toBe(1);
    find('call-mute').click();
    await settle(20);
    expect(find('call-mute').getAttribute('aria-pressed')).toBe('true');
    find('call-to-stage').click();
    await settle(20);
    expect(all('call-bar')).toEqual([]);
    find('call-hold').click();
    await settle(20);
    expect(find('call-hold').getAttribute('aria-label')).toBe('Resume the call');
    expect(find('call-status').textContent).toContain('is on hold');
    find('call-hold').click();
    await settle(20);
    find('call-keypad').click();
    await settle(20);
    expect(all('call-key').length).toBe(12);
    find('call-devices').click();
    await settle(20);
    expect(app.place.settings).toMatchObject({ page: 'calls' });
    expect(all('call-bar').length).toBe(1);
    find('call-to-stage').click();
    await settle(20);
    expect(app.place.back()).toBe(true);
    await settle(20);
    find('call-hang-up').click();
    await settle(20);
    expect(all('call-bar')).toEqual([]);
  });

  it("shows a screen of one's choice, or what the desktop is told when it asks", async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    find('call-start').click();
    await settle(20);
    changeCall(fake.world, app.call?.id ?? '', talking());
    app.place.onStage = true;
    await settle(20);
    find('call-share').click();
    await settle(20);
    expect(all('share-option').length).toBe(2);
    find('share-start').click();
    await settle(20);
    expect(all('share-option')).toEqual([]);
    expect(app.call?.ours.screen).toBe(true);
    find('call-share').click();
    await settle(20);
    expect(app.call?.ours.screen).toBe(false);

    const asked = { id: 'asked', title: '', screen: false, asked: true, width: 0, height: 0, thumbnail: null };
    fake.overrides['call.showables'] = () => Promise.resolve({ list: [asked] });
    find('call-share').click();
    await settle(20);
    expect(all('share-option')).toEqual([]);
    expect(app.call?.ours.screen).toBe(true);
  });

  it('says why it failed, and can be made again', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    const phase = { phase: 'ended', outcome: 'failed', trouble: { trouble: 'noRelay' } } as const;
    const call = fakeCall(fake.world, ACCOUNT, JULIET, { phase });
    fake.world.calls.set(call.id, call);
    fake.world.views.calls.delta([call]);
    await settle(20);
    const bar = find('call-bar', '[data-trouble=noRelay]');
    expect(bar.textContent).toContain('your server offers none');
    find('call-again').click();
    await settle(20);
    expect(find('call-bar').dataset['phase']).toBe('calling');
  });

  it('stays among the messages', async () => {
    const { app } = await openWindow();
    await openChat(app);
    const row = find('call-row', '[data-outcome=completed]');
    expect(row.textContent).toContain('Video call · ended · 13 minutes');
    find('call-back').click();
    await settle(20);
    expect(app.call?.video).toBe(true);
  });
});
