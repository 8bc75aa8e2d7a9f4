import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { arrive, breakOff, callOff, changeFile, endTransfer, transfer } from '../../ipc/fake/files';
import { fakeFile, fakeFilm, fakePicture, fakeSound } from '../../ipc/fake/fileTalk';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, openChat, press, settle } from '../../test-window';
import { asked, CHAT, openShared } from './test-files';

const card = () => find('file');

describe('a file in the timeline', () => {
  it('asks where it is large, comes when it is wanted, and shows how far it is', async () => {
    const { fake } = await openShared([fakeFilm('large', { state: 'offered' })]);
    expect(card().textContent).toContain('184 MB');
    expect(card().textContent).toContain('larger than 10 MB');
    find('file-get').click();
    await settle(20);
    expect(asked(fake, 'file.start')).toEqual([{ account: ACCOUNT, id: 'large' }]);
    expect(card().textContent).toContain('Waiting');
    transfer(fake.world, ACCOUNT, 'large', {
      stage: { stage: 'moving' },
      done: 92_000_000,
      speed: 31_000_000,
      left: 3,
      way: 'direct',
      why: { reason: 'tooLarge', limit: 10_000_000 },
    });
    await settle(20);
    // No part of it is broken over lines.
    const plain = card().textContent?.replaceAll('\u00a0', ' ');
    expect(plain).toContain('Coming · 92 MB of 184 MB · 31 MB/s · 3 seconds left');
    expect(card().textContent).toContain('directly, because the server takes at most 10 MB');
    const bar = card().querySelector('[role=progressbar]');
    expect(bar?.getAttribute('aria-valuenow')).toBe('50');
    find('file-pause').click();
    await settle(20);
    expect(card().textContent).toContain('Paused');
    find('file-go-on').click();
    await settle(20);
    expect(asked(fake, 'file.start')).toHaveLength(2);
    arrive(fake.world, ACCOUNT, 'large');
    await settle(20);
    expect(all('file')).toEqual([]);
    expect(find('file-video').dataset['file']).toBe('large');
  });

  it('of a stranger says why it waits', async () => {
    const { app, fake } = await openShared([]);
    const stranger = `${ACCOUNT}/stranger@elsewhere.example`;
    const list = fake.world.messages.get(stranger) ?? [];
    const last = list.at(-1);
    if (last) fake.world.put(stranger, { ...last, files: [fakeFile({ id: 's', name: 'a.zip', state: 'offered' })] });
    await openChat(app, 'stranger@elsewhere.example');
    expect(card().textContent).toContain('is not among your people');
  });

  it('that somebody offers can be declined', async () => {
    const { fake } = await openShared([fakeFile({ id: 'x', name: 'x.bin', state: 'offered', way: 'dataChannel' })]);
    find('file-decline').click();
    await settle(20);
    expect(asked(fake, 'file.cancel')).toEqual([{ account: ACCOUNT, id: 'x' }]);
    expect(card().dataset['state']).toBe('cancelled');
    expect(card().textContent).toContain('not wanted by you');
    expect(all('file-decline')).toEqual([]);
  });

  it('can be stopped, and tried again', async () => {
    const { fake } = await openShared([fakeFile({ id: 'x', name: 'x.bin' })]);
    transfer(fake.world, ACCOUNT, 'x');
    await settle(20);
    find('file-cancel').click();
    await settle(20);
    expect(card().textContent).toContain('not wanted by you');
    find('file-retry').click();
    await settle(20);
    expect(card().dataset['state']).toBe('moving');
  });

  it('says who did not want it, and that it is not on its way', async () => {
    const own = { outgoing: true, delivery: 'queued' } as const;
    const { fake } = await openShared([fakeFile({ id: 'x', name: 'x.bin' })], own);
    transfer(fake.world, ACCOUNT, 'x', { stage: { stage: 'asking' } });
    callOff(fake.world, ACCOUNT, 'x', 'declinedByThem');
    await settle(20);
    expect(card().textContent).toMatch(/\S+ did not want it/);
    expect(card().closest('article')?.dataset['delivery']).toBe('failed');
    expect([...all('message-retry'), ...all('message-discard')]).toEqual([]);
    find('file-retry').click();
    await settle(20);
    find('file-cancel').click();
    await settle(20);
    expect(card().textContent).toContain('stopped by you');
  });

  it('says why it failed, and is retried or given up', async () => {
    const own = { outgoing: true, delivery: 'failed' } as const;
    const { fake, item } = await openShared([fakeFile({ id: 'x', name: 'x.bin' })], own);
    breakOff(fake.world, ACCOUNT, 'x', failure('interrupted'));
    await settle(20);
    expect(card().textContent).toContain('stopped on its way');
    expect(card().textContent).toContain('goes on where it stopped');
    expect(all('message-retry')).toHaveLength(0);
    find('file-retry').click();
    await settle(20);
    breakOff(fake.world, ACCOUNT, 'x', failure('serviceFull'));
    await settle(20);
    expect(card().textContent).toContain('no room left');
    find('file-discard').click();
    await settle(20);
    expect(asked(fake, 'message.discard')).toEqual([{ account: ACCOUNT, id: item.id }]);
    expect(all('file')).toEqual([]);
  });

  it('says where it is not here', async () => {
    const { fake } = await openShared([fakeFile({ id: 'x', name: 'x.bin', state: 'announced', size: null })]);
    expect(card().textContent).toContain('on its way to the server');
    changeFile(fake.world, ACCOUNT, 'x', { state: 'missing' });
    await settle(20);
    expect(card().textContent).toContain('no longer on this computer');
    expect(find('file-get').textContent?.trim()).toBe('Get again');
    endTransfer(fake.world, ACCOUNT, 'x', { state: 'here' });
    await settle(20);
    find('file-open').click();
    find('file-show').click();
    await settle(20);
    expect(asked(fake, 'file.open')).toEqual([{ account: ACCOUNT, id: 'x' }]);
    expect(asked(fake, 'file.show')).toEqual([{ account: ACCOUNT, id: 'x' }]);
  });

  it('speaks German', async () => {
    await openShared([fakeFilm('large', { state: 'offered' })], {}, { language: 'de', settings: { language: 'de' } });
    expect(card().textContent).toContain('größer als 10 MB');
    expect(find('file-get').textContent?.trim()).toBe('Holen');
  });

  it('is named in full where it is read out, and its words stand below', async () => {
    const { app, fake } = await openShared([fakePicture('balcony')], { body: 'look' });
    const article = find('file-picture').closest('article');
    expect(article?.getAttribute('aria-label')).toContain('Photo, balcony.jpg, 1.4 MB. look');
    expect(article?.textContent).toContain('look');
    // Only the message one walks on is reached by Tab, with what is in it.
    article?.focus();
    expect(find('file-picture').tabIndex).toBe(0);
    if (article) press(article, 'ArrowUp');
    await settle(20);
    expect(find('file-picture').tabIndex).toBe(-1);
    expect(app.conversation(ACCOUNT, CHAT.split('/')[1] ?? '')?.last?.file?.name).toBe('balcony.jpg');
    expect(fake.calls.some(({ name }) => name === 'file.open')).toBe(false);
  });
});

describe('a picture', () => {
  it('keeps its place from the beginning, veiled until it is here', async () => {
    const { fake } = await openShared([fakePicture('p', { state: 'moving' })]);
    const place = () => document.querySelector<HTMLElement>('article .frame')?.style.cssText;
    const before = place();
    expect(before).toContain('22');
    expect(document.querySelector('.veil')?.getAttribute('src')).toContain('data:image');
    expect(all('file-picture')).toEqual([]);
    arrive(fake.world, ACCOUNT, 'p');
    await settle(20);
    expect(place()).toBe(before);
    expect(find('file-picture').querySelector('.picture')?.getAttribute('src')).toContain('data:image');
  });

  it('that is not what it seems to be is a card', async () => {
    await openShared([fakePicture('p', { inline: false, thumbnail: null })]);
    expect(all('file-picture')).toEqual([]);
    expect(card().textContent).toContain('p.jpg');
  });
});

describe('sound and video', () => {
  afterEach(() => vi.restoreAllMocks());

  function players() {
    const play = vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(function (this: HTMLMediaElement) {
      this.dispatchEvent(new Event('play'));
      return Promise.resolve();
    });
    const pause = vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(function (this: HTMLMediaElement) {
      this.dispatchEvent(new Event('pause'));
    });
    vi.spyOn(HTMLMediaElement.prototype, 'load').mockImplementation(() => undefined);
    const revoked: string[] = [];
    let made = 0;
    Object.assign(URL, {
      createObjectURL: () => `blob:made-${(made += 1)}`,
      revokeObjectURL: (url: string) => revoked.push(url),
    });
    onTestFinished(() => {
      Reflect.deleteProperty(URL, 'createObjectURL');
      Reflect.deleteProperty(URL, 'revokeObjectURL');
    });
    return { play, pause, revoked };
  }

  it('is fetched when it is first played, and let go with the page', async () => {
    const { play, pause, revoked } = players();
    const { app } = await openShared([fakeSound('voice')]);
    expect(find('file-audio').textContent).toContain('Voice message');
    expect(find('file-audio').textContent).toContain('1:12');
    expect(document.querySelector('audio')).toBeNull();
    const button = find('file-play');
    button.click();
    await vi.waitFor(() => expect(play).toHaveBeenCalledTimes(1));
    await settle(20);
    expect(document.querySelector('audio')?.getAttribute('src')).toBe('blob:made-1');
    expect(button.getAttribute('aria-label')).toContain('Pause the playing');
    button.click();
    await settle();
    expect(pause).toHaveBeenCalled();
    expect(revoked).toEqual([]);
    await openChat(app, 'nurse@capulet.example');
    expect(revoked).toEqual(['blob:made-1']);
  });

  it('is sought and hurried by keyboard without leaving the message', async () => {
    const { play } = players();
    await openShared([fakeSound('voice')]);
    find('file-play').click();
    await vi.waitFor(() => expect(play).toHaveBeenCalled());
    await settle();
    const sound = document.querySelector('audio') as HTMLAudioElement;
    const seek = find<HTMLInputElement>('file-seek');
    seek.focus();
    press(seek, 'ArrowUp');
    expect(document.activeElement).toBe(seek);
    seek.value = '30';
    seek.dispatchEvent(new Event('input', { bubbles: true }));
    expect(sound.currentTime).toBe(30);
    for (const speed of [1.5, 2, 1]) {
      find('file-speed').click();
      await settle();
      expect(sound.playbackRate).toBe(speed);
    }
  });

  it('says when its bytes are gone', async () => {
    players();
    const { fake } = await openShared([fakeSound('voice')]);
    vi.spyOn(fake, 'fileUrl').mockReturnValue('data:broken');
    find('file-play').click();
    await vi.waitFor(() => expect(find('failure').dataset['code']).toBe('fileGone'));
  });

  it('plays a video in place, and gives one that is too large to another program', async () => {
    const { play } = players();
    const { fake } = await openShared([fakeFilm('film'), fakeFilm('huge', { size: 400 * 1024 * 1024 })]);
    const [small, huge] = all('file-play');
    small?.click();
    await vi.waitFor(() => expect(play).toHaveBeenCalledTimes(1));
    expect(document.querySelector('video')?.getAttribute('src')).toBe('blob:made-1');
    expect(huge?.getAttribute('aria-label')).toContain('Open');
    huge?.click();
    await settle(20);
    expect(asked(fake, 'file.open')).toEqual([{ account: ACCOUNT, id: 'huge' }]);
  });

  it('says what cannot be played here, and gives it to another program', async () => {
    const { play, revoked } = players();
    const { fake } = await openShared([fakeFilm('film')]);
    find('file-play').click();
    await vi.waitFor(() => expect(play).toHaveBeenCalledTimes(1));
    document.querySelector('video')?.dispatchEvent(new Event('error'));
    await settle();
    expect(find('file-unplayable').textContent).toContain('cannot be played');
    expect(document.querySelector('video')).toBeNull();
    expect(revoked).toEqual(['blob:made-1']);
    find('file-open').click();
    await settle(20);
    expect(asked(fake, 'file.open')).toEqual([{ account: ACCOUNT, id: 'film' }]);
  });
});
