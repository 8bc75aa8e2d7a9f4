/** What the desktop asks of the window, in the fake: links understood, and one of each kind to look at. */
import type { Failure, Link, Task } from '../contract';
import type { World } from './world';

/** Puts an errand up, as a notification, a link or the closed window would. Answers its id. */
export function ask(world: World, ...tasks: Task[]): string[] {
  const errands = tasks.map((task) => {
    const order = world.nextErrand();
    return { id: `errand-${order}`, order, task };
  });
  for (const errand of errands) world.errands.set(errand.id, errand);
  world.views.errands.delta(errands);
  return errands.map(({ id }) => id);
}

/** As much of RFC 5122 and XEP-0147 as there is to look at; the backend reads links properly. */
export function understood(uri: string): Link | null {
  const match = /^xmpp:([^?#]+)(?:\?([^#]*))?$/i.exec(uri);
  if (!match?.[1]) return null;
  let jid: string;
  let words: string[];
  try {
    jid = decodeURIComponent(match[1]).toLowerCase();
    words = (match[2] ?? '').split(';').map(decodeURIComponent);
  } catch {
    return null;
  }
  const value = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  switch (words[0]) {
    case 'join':
      return { jid, action: { action: 'join' } };
    case 'register':
      return { jid, action: { action: 'register' } };
    case 'subscribe':
    case 'roster':
      return { jid, action: { action: 'subscribe', name: value('name') } };
    default:
      return jid.includes('@') ? { jid, action: { action: 'message', body: value('body') } } : null;
  }
}

const refused: Failure = {
  code: 'invalidLink',
  condition: null,
  retry: null,
  message: 'xmpp: there is no address',
  host: null,
  certificate: null,
};

/** For `?errand=` in the browser. */
export function errandsOf(kind: string, account: string): Task[] {
  const follow = (uri: string): Task => {
    const link = understood(uri);
    return link ? { task: 'followLink', link } : { task: 'refuseLink', failure: refused };
  };
  switch (kind) {
    case 'open':
    case 'compose':
      return [{ task: 'openConversation', account, peer: 'juliet@capulet.example', compose: kind === 'compose' }];
    case 'requests':
      return [{ task: 'showRequests' }];
    case 'message':
      return [follow('xmpp:friar.laurence@verona.example?message;body=a%20little%20thyme%2C%20please')];
    case 'stranger':
      return [follow('xmpp:peter@mantua.example?message;body=Is%20this%20still%20for%20sale%3F')];
    case 'subscribe':
      return [follow('xmpp:peter@mantua.example?subscribe;name=Peter')];
    case 'known':
      return [follow('xmpp:nurse@capulet.example?subscribe')];
    case 'join':
      return [follow('xmpp:orchard@rooms.verona.example?join')];
    case 'register':
      return [follow('xmpp:verona.example?register')];
    case 'refuse':
      return [follow('xmpp:?nonsense')];
    case 'close':
      return [{ task: 'askClose' }];
    case 'many':
      return Array.from({ length: 1000 }, (_, index) => ({
        task: 'openConversation' as const,
        account,
        peer: index % 2 === 0 ? 'nurse@capulet.example' : 'juliet@capulet.example',
        compose: false,
      }));
    default:
      return [];
  }
}
