import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { message } from '../../ipc/fake/talk';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle } from '../../test-window';
import { linksOf, pieces } from './rows';

const kinds = (body: string) =>
  pieces(body)
    .filter((piece) => piece.link)
    .map((piece) => [piece.link, piece.text]);

describe('links in text', () => {
  it('are of the web or of this network', () => {
    expect(kinds('see https://a.example/x and xmpp:peter@mantua.example?message;body=hi.')).toEqual([
      ['web', 'https://a.example/x'],
      ['xmpp', 'xmpp:peter@mantua.example?message;body=hi'],
    ]);
    expect(kinds('(XMPP:peter@mantua.example)')).toEqual([['xmpp', 'XMPP:peter@mantua.example']]);
  });

  it('are not the scheme alone, nor part of a word', () => {
    expect(kinds('xmpp: is a protocol, https:// too, and axmpp:b@c.example is no link')).toEqual([]);
    for (const body of ['xmpp:', 'xmpp: a', 'xmpp:a@b.example', 'a xmpp:a@b.example, b'])
      expect(
        pieces(body)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(body);
  });

  it('are each offered once', () => {
    expect(linksOf('https://a.example https://a.example xmpp:b@c.example')).toEqual([
      { text: 'https://a.example', link: 'web' },
      { text: 'xmpp:b@c.example', link: 'xmpp' },
    ]);
  });
});

describe('a link in a message', () => {
  const opened = (fake: { calls: { name: string; request: unknown }[] }) =>
    fake.calls.filter((call) => call.name === 'link.open').map((call) => call.request);

  it('of this network is followed by the backend’s own way', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    const link = find('message-link', '[data-link=xmpp]');
    expect(link.title).toContain('Follow link');
    link.click();
    await vi.waitFor(() => expect(app.place.conversation?.peer).toBe('peter@mantua.example'));
    expect(opened(fake)).toEqual([{ uri: 'xmpp:peter@mantua.example?message;body=Hello' }]);
    await vi.waitFor(() => expect(find<HTMLTextAreaElement>('composer-input').value).toBe('Hello'));
    expect(fake.calls.some((call) => call.name === 'message.send')).toBe(false);
  });

  it('of the web is only copied', async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { ...navigator, languages: ['en'], clipboard: { writeText } });
    onTestFinished(() => void vi.unstubAllGlobals());
    const { app, fake } = await openWindow();
    await openChat(app);
    find('message-link', '[data-link=web]').click();
    await settle();
    expect(writeText).toHaveBeenCalledWith('https://verona.example/orchard?day=friday');
    expect(opened(fake)).toEqual([]);
  });

  it('that makes no sense is refused in words', async () => {
    const { app, fake } = await openWindow();
    const order = fake.world.nextOrder(`${ACCOUNT}/${JULIET}`);
    fake.world.put(`${ACCOUNT}/${JULIET}`, message({ id: 'odd', order, at: Date.now(), body: 'try xmpp:%zz' }));
    await openChat(app);
    find('message', '[data-message-id=odd]').querySelector<HTMLElement>('.link')?.click();
    await settle(20);
    expect(find('failure').dataset['code']).toBe('invalidLink');
  });

  it('is reached by keyboard through the menu of the message', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    const article = find('message-link', '[data-link=xmpp]').closest('article') as HTMLElement;
    article.focus();
    press(article, 'Enter');
    await settle();
    const item = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')].find((entry) =>
      entry.textContent?.includes('Follow link'),
    );
    item?.click();
    await settle(20);
    expect(opened(fake)).toHaveLength(1);
    expect(all('failure')).toEqual([]);
  });
});
