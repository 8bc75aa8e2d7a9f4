import { describe, expect, it, vi } from 'vitest';
import { record } from '../../ipc/fake/files';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle, type } from '../../test-window';
import { asked } from './test-files';

const input = () => find<HTMLTextAreaElement>('composer-input');

async function composer(options: Parameters<typeof openWindow>[0] = {}) {
  const opened = await openWindow({ long: 20, ...options });
  // What they do just now stands in place of what was said last.
  opened.fake.world.changeConversation(`${ACCOUNT}/${JULIET}`, { chatState: 'active' });
  await openChat(opened.app);
  return opened;
}

async function attach(what: 'attach-files' | 'attach-folder' = 'attach-files') {
  find('attach').click();
  await settle();
  find(what).click();
  await settle(20);
}

function carried(files: File[], more: Partial<DataTransfer> = {}) {
  return { types: ['Files'], files, items: [], getData: () => '', dropEffect: 'none', ...more };
}

function drag(kind: string, files: File[], more: object = {}): Event {
  const event = new Event(kind, { bubbles: true, cancelable: true });
  Object.assign(event, { dataTransfer: carried(files, more) });
  find('timeline').dispatchEvent(event);
  return event;
}

describe('files that are chosen', () => {
  it('wait above the words and go with them by Enter', async () => {
    const { fake } = await composer();
    await attach();
    expect(all('staged').map((item) => item.textContent?.trim())).toEqual([
      expect.stringContaining('balcony.jpg'),
      expect.stringContaining('letter.pdf'),
    ]);
    expect(document.activeElement).toBe(input());
    expect(input().placeholder).toBe('Say something about it');
    find('staged-original').click();
    find('staged-direct').click();
    type(input(), 'for you');
    press(input(), 'Enter');
    await settle(20);
    expect(asked(fake, 'file.send')).toEqual([
      {
        account: ACCOUNT,
        peer: JULIET,
        files: [expect.any(String), expect.any(String)],
        caption: 'for you',
        original: true,
        direct: true,
      },
    ]);
    expect(asked(fake, 'message.send')).toEqual([]);
    expect(all('tray')).toEqual([]);
    expect(input().value).toBe('');
    await settle(20);
    expect(all('file').map((item) => item.dataset['state'])).toEqual(['moving', 'moving']);
    expect(find('conversation-row', `[data-peer="${JULIET}"]`).textContent).toContain('for you');
  });

  it('are sent without words, and the row says what they are', async () => {
    await composer();
    await attach('attach-folder');
    expect(find('staged').textContent).toContain('packed first');
    expect(all('staged-original')).toEqual([]);
    find('composer-send').click();
    await settle(20);
    expect(find('conversation-row', `[data-peer="${JULIET}"]`).textContent).toContain('herbarium');
  });

  it('and the words to them stay where they cannot be sent', async () => {
    const { fake } = await composer();
    await attach();
    fake.overrides['file.send'] = () => Promise.reject(failure('noWayForFiles'));
    type(input(), 'for you');
    press(input(), 'Enter');
    await settle(20);
    expect(find('composer-failure').dataset['code']).toBe('noWayForFiles');
    expect(input().value).toBe('for you');
    expect(all('staged')).toHaveLength(2);
  });

  it('are kept while one is elsewhere, and can be taken away', async () => {
    const { app, fake } = await composer();
    await attach();
    await openChat(app, 'nurse@capulet.example');
    expect(all('staged')).toEqual([]);
    await openChat(app);
    expect(all('staged')).toHaveLength(2);
    all('staged-remove')[0]?.click();
    await settle();
    expect(all('staged')).toHaveLength(1);
    expect(asked(fake, 'file.unstage')).toHaveLength(1);
  });

  it('say why they could not be taken', async () => {
    const { fake } = await composer();
    fake.overrides['file.pick'] = () => Promise.reject(failure('notAFile'));
    await attach();
    expect(find('composer-failure').dataset['code']).toBe('notAFile');
  });

  it('are attached by keyboard, in German', async () => {
    await composer({ language: 'de', settings: { language: 'de' } });
    const button = find('attach');
    expect(button.getAttribute('aria-label')).toBe('Anhängen');
    button.focus();
    button.click();
    await settle();
    expect(document.activeElement).toBe(find('attach-files'));
    press(document.activeElement as Element, 'ArrowDown');
    expect(document.activeElement).toBe(find('attach-folder'));
    expect(find('attach-folder').textContent).toContain('Einen Ordner');
    press(document.activeElement as Element, 'Escape');
    await settle();
    expect(document.activeElement).toBe(button);
  });
});

describe('files that are dropped or pasted', () => {
  it('show where they go, and come in parts', async () => {
    const { fake } = await composer();
    const large = new File([new Uint8Array(1024 * 1024 * 2 + 5)], 'orchard.png');
    drag('dragenter', [large]);
    await settle();
    expect(find('drop').textContent).toContain('Drop to send to Juliet');
    expect(drag('dragover', [large]).defaultPrevented).toBe(true);
    drag('dragleave', [large]);
    await settle();
    expect(all('drop')).toEqual([]);
    drag('dragenter', [large]);
    drag('drop', [large]);
    await vi.waitFor(() => expect(all('staged')).toHaveLength(1), 5000);
    const parts = asked(fake, 'file.put') as { id: string | null; data: string; last: boolean }[];
    expect(parts.map(({ data }) => atob(data).length)).toEqual([1024 * 1024, 1024 * 1024, 5]);
    expect(parts.map(({ last }) => last)).toEqual([false, false, true]);
    expect(parts[0]?.id).toBeNull();
    expect(parts[2]?.id).toBe(parts[1]?.id);
    expect(all('drop')).toEqual([]);
    expect(document.activeElement).toBe(input());
  });

  it('show how far they are, hold Send back, and can be stopped', async () => {
    const { fake } = await composer();
    let answer: () => void = () => undefined;
    fake.overrides['file.put'] = () => new Promise((resolve) => (answer = () => resolve({ id: 'part', staged: null })));
    drag('drop', [new File([new Uint8Array(1024 * 1024 + 5)], 'slow.bin')]);
    await vi.waitFor(() => expect(asked(fake, 'file.put')).toHaveLength(1));
    await settle();
    expect(find('incoming').textContent).toContain('slow.bin');
    expect(find<HTMLButtonElement>('composer-send').disabled).toBe(true);
    find('incoming-stop').click();
    await settle();
    expect(all('incoming')).toEqual([]);
    answer();
    await vi.waitFor(() => expect(asked(fake, 'file.unstage')).toEqual([{ id: 'part' }]));
    expect(asked(fake, 'file.put')).toHaveLength(1);
  });

  it('are refused where they are a folder, in words that say what to do', async () => {
    const { fake } = await composer();
    const items = [{ kind: 'file', webkitGetAsEntry: () => ({ isDirectory: true, name: 'herbarium' }) }];
    drag('drop', [new File([], 'herbarium')], { items });
    await settle(20);
    expect(find('staged-folder-refused').textContent).toContain('Press Attach');
    expect(asked(fake, 'file.put')).toEqual([]);
  });

  it('say so where they cannot be read', async () => {
    await composer();
    const gone = new File([new Uint8Array(3)], 'gone.bin');
    gone.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new Error('NotReadableError')) });
    drag('drop', [gone]);
    await settle(20);
    expect(find('composer-failure').dataset['code']).toBe('notAFile');
    expect(all('incoming')).toEqual([]);
  });

  it('are not taken where nothing can be written', async () => {
    const { fake } = await composer();
    fake.world.changeConversation(`${ACCOUNT}/${JULIET}`, { blocked: true });
    await settle();
    drag('dragenter', [new File([], 'a')]);
    drag('drop', [new File([], 'a')]);
    await settle();
    expect(all('drop')).toEqual([]);
    expect(all('incoming')).toEqual([]);
    expect(find<HTMLButtonElement>('attach').disabled).toBe(true);
  });

  it('come from the clipboard, unless that holds rather words', async () => {
    const { fake } = await composer();
    const paste = (data: object) => {
      const event = new Event('paste', { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: data });
      input().dispatchEvent(event);
      return event;
    };
    const picture = new File([new Uint8Array(3)], '');
    const written = { types: ['text/html', 'text/plain', 'Files'], getData: () => 'words' };
    expect(paste(carried([picture], written)).defaultPrevented).toBe(false);
    expect(paste(carried([picture])).defaultPrevented).toBe(true);
    await vi.waitFor(() => expect(all('staged')).toHaveLength(1));
    expect((asked(fake, 'file.put')[0] as { name: string }).name).toBe('picture.png');
  });
});

describe('a voice message', () => {
  it('is spoken, looked over and sent', async () => {
    const { fake } = await composer();
    find('voice-record').click();
    await settle(20);
    record(fake.world, { length: 4200, level: 0.6 });
    await settle(20);
    expect(find('voice').textContent).toContain('Recording, 0:04');
    expect(find('voice').querySelector('meter')?.getAttribute('value')).toBe('0.6');
    expect(document.activeElement).toBe(find('voice-stop'));
    find('voice-stop').click();
    await settle(20);
    expect(all('voice')).toEqual([]);
    expect(find('staged').textContent).toContain('Voice message');
    expect(document.activeElement).toBe(input());
    press(input(), 'Enter');
    await settle(20);
    expect(find('conversation-row', `[data-peer="${JULIET}"]`).textContent).toContain('Voice message');
  });

  it('is offered only where nothing else is to be sent', async () => {
    await composer();
    type(input(), 'a');
    await settle();
    expect(all('voice-record')).toEqual([]);
    type(input(), '');
    await settle();
    expect(all('voice-record')).toHaveLength(1);
  });

  it('can be thrown away; Escape and going away keep it', async () => {
    const { app, fake } = await composer();
    const begin = async () => {
      find('voice-record').click();
      await settle(20);
    };
    await begin();
    find('voice-cancel').click();
    await settle(20);
    expect(all('staged')).toEqual([]);
    await begin();
    press(find('voice-stop'), 'Escape');
    await settle(20);
    expect(all('staged')).toHaveLength(1);
    find('staged-remove').click();
    await settle();
    await begin();
    await openChat(app, 'nurse@capulet.example');
    await openChat(app);
    expect(all('staged')).toHaveLength(1);
    expect(asked(fake, 'voice.stop')).toEqual([{ keep: false }, { keep: true }, { keep: true }]);
  });

  it('says why nothing is heard', async () => {
    const { fake } = await composer();
    find('voice-record').click();
    await settle(20);
    record(fake.world, { failure: failure('noMicrophone') });
    await settle(20);
    expect(find('voice').textContent).toContain('No microphone can be used');
    find('voice-cancel').click();
    await settle(20);
    expect(all('voice')).toEqual([]);
    fake.overrides['voice.record'] = () => Promise.reject(failure('noMicrophone'));
    find('voice-record').click();
    await settle(20);
    expect(find('composer-failure').dataset['code']).toBe('noMicrophone');
  });
});
