/**
 * What is read out of a conversation: new messages of the other one, and own ones that could not be sent. The log itself is
 * silent, since drawing older messages while one scrolls would read them out as well.
 */
import { t } from '../../i18n/index.svelte';
import type { Message } from '../../ipc/contract';
import { recordWords } from '../call/words';
import { spokenBody } from '../file/words';

/** More at once are told by their number. */
const FEW = 3;
/** Held for the reader to come to; older ones are silent already. */
const HELD = 6;

export class Announcements {
  /** Keyed, so that the same words said twice are read twice. */
  list = $state.raw<readonly { id: number; text: string }[]>([]);
  #next = 0;
  #own: ReadonlyMap<string, Message> = new Map();

  arrived(name: string, messages: readonly Message[]): void {
    if (messages.length > FEW) this.#say(t('chat.newAnnounce', { count: messages.length, name }));
    else
      for (const { body, call, files } of messages)
        this.#say(call ? recordWords(call, name) : t('chat.announce', { name, text: spokenBody(body, files) }));
  }

  /** Looks for messages that failed since it last looked; those that come in as failed did so long ago, and whoever
   * stopped one knows it. */
  look(messages: readonly Message[]): void {
    const now = new Map(messages.filter((message) => message.outgoing).map((message) => [message.id, message]));
    for (const [id, { delivery, body, files }] of now) {
      const before = this.#own.get(id);
      const stopped = files.some(({ failure }) => failure?.code === 'cancelled');
      if (before && before.delivery !== 'failed' && delivery === 'failed' && !stopped)
        this.#say(t('chat.failedAnnounce', { text: spokenBody(body, files) }));
    }
    this.#own = now;
  }

  #say(text: string): void {
    this.list = [...this.list.slice(1 - HELD), { id: ++this.#next, text }];
  }
}
