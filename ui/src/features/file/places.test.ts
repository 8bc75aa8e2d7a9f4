import { describe, expect, it, vi } from 'vitest';
import { arrive, transfer } from '../../ipc/fake/files';
import { fakeFile, fakePicture } from '../../ipc/fake/fileTalk';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle, type } from '../../test-window';
import { asked, CHAT, openShared, shared } from './test-files';

const items = () => [...document.querySelectorAll<HTMLElement>('[role=menuitem]')];
const item = (words: string) => items().find(({ textContent }) => textContent?.includes(words));

async function menuOf(id: string) {
  const article = find('message', `[data-message-id="${id}"]`);
  article.focus();
  press(article, 'ContextMenu');
  await settle();
}

describe('the menu of a file', () => {
  it('opens, shows and saves it', async () => {
    const { fake, item: message } = await openShared([fakeFile({ id: 'h', name: 'herbs.pdf' })]);
    for (const [words, command] of [
      ['Open', 'file.open'],
      ['Show in folder', 'file.show'],
      ['Save as', 'file.save'],
    ] as const) {
      await menuOf(message.id);
      item(words)?.click();
      await settle(20);
      expect(asked(fake, command), command).toEqual([{ account: ACCOUNT, id: 'h' }]);
    }
    expect(find('news', '[data-about=saved]').textContent).toContain('/home/mira/Pictures/herbs.pdf');
    await menuOf(message.id);
    expect(item('Copy text')).toBeUndefined();
  });

  it('says nothing was saved where the person thought better of it', async () => {
    const { fake, item: message } = await openShared([fakeFile({ id: 'h', name: 'herbs.pdf' })]);
    fake.overrides['file.save'] = () => Promise.resolve({ path: null });
    await menuOf(message.id);
    item('Save as')?.click();
    await settle(20);
    expect(all('news')).toEqual([]);
  });

  it('forwards it to whoever is chosen, and goes there', async () => {
    const { app, fake, item: message } = await openShared([fakeFile({ id: 'h', name: 'herbs.pdf' })]);
    await menuOf(message.id);
    item('Forward')?.click();
    await settle();
    expect(document.activeElement).toBe(find('forward-find'));
    expect(find<HTMLButtonElement>('forward-send').disabled).toBe(true);
    type(find<HTMLInputElement>('forward-find'), 'friar');
    await settle();
    expect(all('forward-option')).toHaveLength(1);
    press(find('forward-find'), 'ArrowDown');
    await settle();
    expect(document.activeElement).toBe(find('forward-option'));
    find('forward-option').click();
    type(find<HTMLInputElement>('forward-words'), 'yours, I think');
    await settle();
    find('forward-send').click();
    await settle(40);
    expect(asked(fake, 'file.stage')).toEqual([{ account: ACCOUNT, id: 'h' }]);
    expect(asked(fake, 'file.send')).toMatchObject([
      { peer: 'friar.laurence@verona.example', caption: 'yours, I think', direct: false },
    ]);
    expect(all('forward')).toEqual([]);
    expect(app.place.conversation?.peer).toBe('friar.laurence@verona.example');
  });

  it('says why it could not be forwarded, and leaves nothing behind', async () => {
    const { fake, item: message } = await openShared([fakeFile({ id: 'h', name: 'herbs.pdf' })]);
    fake.overrides['file.send'] = () => Promise.reject(failure('offline'));
    await menuOf(message.id);
    item('Forward')?.click();
    await settle();
    type(find<HTMLInputElement>('forward-find'), 'xyzzy');
    await settle();
    expect(find('forward').textContent).toContain('Nobody matches');
    type(find<HTMLInputElement>('forward-find'), 'nurse');
    await settle();
    find('forward-option').click();
    await settle();
    find('forward-send').click();
    await settle(40);
    expect(find('forward').querySelector('[data-code=offline]')).not.toBeNull();
    expect(asked(fake, 'file.unstage')).toHaveLength(1);
  });
});

describe('the viewer', () => {
  async function three() {
    const opened = await openShared([fakePicture('one')]);
    const two = shared(opened.fake, [fakePicture('two')]);
    shared(opened.fake, [fakePicture('three')]);
    await settle(20);
    return { ...opened, two };
  }
  const looked = () => find('viewer').dataset['file'];

  it('shows a picture large, and those before and after it by keyboard', async () => {
    const { two } = await three();
    const article = find('message', `[data-message-id="${two.id}"]`);
    article.focus();
    press(article, 'Enter');
    await settle(40);
    expect(looked()).toBe('two');
    expect(document.activeElement).toBe(find('viewer-close'));
    expect(find('viewer').textContent).toContain('Juliet Capulet');
    press(find('viewer'), 'ArrowLeft');
    await settle();
    expect(looked()).toBe('one');
    expect(find<HTMLButtonElement>('viewer-previous').disabled).toBe(true);
    press(find('viewer'), 'ArrowRight');
    press(find('viewer'), 'ArrowRight');
    await settle();
    expect(looked()).toBe('three');
    expect(find<HTMLButtonElement>('viewer-next').disabled).toBe(true);
    press(find('viewer'), 'Escape');
    await settle();
    expect(all('viewer')).toEqual([]);
    expect(document.activeElement).toBe(article);
  });

  it('opens by the pointer, grows to the real size, and leads to the message', async () => {
    const { app, two } = await three();
    find('file-picture', '[data-file=two]').click();
    await settle(20);
    find('viewer-zoom').click();
    await settle();
    expect(find('viewer-zoom').getAttribute('aria-label')).toBe('Fit to the window');
    find('viewer-to').click();
    await settle(40);
    expect(all('viewer')).toEqual([]);
    expect(app.place.jump?.order).toBe(two.order);
  });
});

describe('the gallery', () => {
  async function gallery(from: 'menu' | 'details' = 'menu') {
    const opened = await openWindow({ long: 20, files: true });
    await openChat(opened.app);
    if (from === 'menu') {
      find('chat-menu').click();
      await settle();
    } else {
      find('details-button').click();
      await settle();
    }
    find('gallery-open').click();
    await settle(40);
    return opened;
  }
  const tab = async (name: string) => {
    find('gallery').querySelector<HTMLInputElement>(`input[value="${name}"]`)?.click();
    await settle(40);
  };

  it('has media, files and links of the conversation', async () => {
    const { app, fake } = await gallery();
    expect(all('gallery-item').map(({ title }) => title)).toEqual([
      'garden-walk.mp4',
      'garden-walk.mp4',
      'market.jpg',
      'orchard.jpg',
      'balcony.jpg',
    ]);
    const [first, second] = all('gallery-item');
    first?.focus();
    press(first as HTMLElement, 'ArrowRight');
    expect(document.activeElement).toBe(second);
    all('gallery-item')[2]?.click();
    await settle(20);
    expect(find('viewer').dataset['file']).toBe('market');
    app.place.overlay = null;
    await settle();
    await tab('files');
    expect(find('gallery').textContent).toContain('herbs-2026.pdf');
    expect(find('gallery').textContent).toContain('Voice message');
    const herbs = all('gallery-item').find(({ textContent }) => textContent?.includes('herbs'));
    herbs?.click();
    await settle();
    expect(asked(fake, 'file.open')).toEqual([{ account: ACCOUNT, id: 'herbs' }]);
    await tab('links');
    expect(find('gallery-link').textContent).toContain('https://verona.example/orchard?day=friday');
    find('gallery-to').click();
    await settle(40);
    expect(app.place.jump).not.toBeNull();
  });

  it('steps back to where it was opened', async () => {
    const { app } = await gallery('details');
    press(find('gallery'), 'Escape');
    await settle();
    expect(all('gallery')).toEqual([]);
    expect(all('person-panel')).toHaveLength(1);
    app.place.details = false;
    await settle();
    find('chat-menu').click();
    await settle();
    find('gallery-open').click();
    await settle(20);
    press(find('gallery'), 'Escape');
    await settle();
    expect(app.place.details).toBe(false);
  });

  it('says what is missing, in German too', async () => {
    const { app } = await openWindow({ long: 20, language: 'de', settings: { language: 'de' } });
    await openChat(app);
    app.place.openGallery();
    await settle(40);
    expect(find('gallery').textContent).toContain('Noch keine Fotos oder Videos');
    await tab('files');
    expect(find('gallery').textContent).toContain('Noch keine Dateien');
  });

  it('goes on to older ones, and says where it cannot', async () => {
    const { app, fake } = await openWindow({ long: 20 });
    for (let count = 0; count < 70; count += 1) shared(fake, [fakePicture(`p${count}`)]);
    await openChat(app);
    app.place.openGallery();
    await vi.waitFor(() => expect(all('gallery-item')).toHaveLength(60));
    find('gallery-more').click();
    await vi.waitFor(() => expect(all('gallery-item')).toHaveLength(70));
    await settle();
    expect(all('gallery-more')).toEqual([]);
    fake.overrides['gallery.page'] = () => Promise.reject(failure('storage'));
    await tab('links');
    expect(find('gallery').querySelector('[data-code=storage]')).not.toBeNull();
  });
});

describe('all files on their way', () => {
  it('are counted at the foot of the list, and each can be stopped', async () => {
    const { app, fake } = await openShared([fakeFile({ id: 'a', name: 'a.zip', size: 1000 })]);
    shared(fake, [fakeFile({ id: 'b', name: 'b.zip', size: 3000 })], { outgoing: true });
    expect(all('transfers')).toEqual([]);
    transfer(fake.world, ACCOUNT, 'a', { stage: { stage: 'moving' }, done: 1000 });
    transfer(fake.world, ACCOUNT, 'b', { stage: { stage: 'asking' } });
    await settle(20);
    expect(find('transfers').textContent).toContain('2 files on their way');
    expect(find('transfers').querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('25');
    await openChat(app, 'nurse@capulet.example');
    find('transfers-open').click();
    await settle();
    expect(all('transfer')).toHaveLength(2);
    expect(find('transfers-list').textContent).toContain('To Juliet Capulet');
    expect(find('transfers-list').textContent).toContain('Asking them');
    all('transfer')[1]?.querySelector<HTMLElement>('[data-testid=file-pause]')?.click();
    await settle(20);
    expect(find('transfers-list').textContent).toContain('Paused');
    find('transfer-chat').click();
    await settle(20);
    expect(app.place.conversation).toEqual({ account: ACCOUNT, peer: JULIET });
    all('transfer')[1]?.querySelector<HTMLElement>('[data-testid=file-cancel]')?.click();
    await settle(20);
    expect(all('transfer')).toHaveLength(1);
    press(find('transfers-open'), 'Escape');
    await settle();
    expect(all('transfers-list')).toEqual([]);
    arrive(fake.world, ACCOUNT, 'a');
    await settle(20);
    expect(all('transfers')).toEqual([]);
  });
});

describe('a file in lists', () => {
  it('is said in words in the row of its conversation and in what is found', async () => {
    const { app, fake } = await openWindow({ long: 20 });
    fake.world.changeConversation(CHAT, { chatState: 'active' });
    shared(fake, [fakePicture('balcony')]);
    await settle();
    const row = () => find('conversation-row', `[data-peer="${JULIET}"]`).textContent;
    expect(row()).toContain('Photo');
    shared(fake, [fakeFile({ id: 'h', name: 'herbs-2026.pdf' })]);
    await settle();
    expect(row()).toContain('herbs-2026.pdf');
    shared(fake, [fakePicture('orchard')], { body: 'the orchard at noon' });
    await settle();
    expect(row()).toContain('the orchard at noon');
    app.place.query = 'orchard at noon';
    await vi.waitFor(() => expect(find('search-hit').textContent).toContain('Photo'));
  });
});
