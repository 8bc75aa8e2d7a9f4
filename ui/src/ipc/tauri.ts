/** The real backend: the one file that knows Tauri. */
import { Channel, convertFileSrc, invoke } from '@tauri-apps/api/core';
import type { Update } from './contract';
import { asFailure, type ItemOf, type Picture, type Transport } from './transport';

export const tauri: Transport = {
  async rpc(name, request) {
    try {
      return await invoke('rpc', { name, request });
    } catch (thrown) {
      throw asFailure(thrown);
    }
  },

  subscribe(view, onUpdates, onFailure) {
    let ended = false;
    let id: number | undefined;
    const cancel = (subscription: number) => void invoke('cancel', { id: subscription }).catch(() => undefined);
    const channel = new Channel<Update<ItemOf<typeof view>>[]>();
    channel.onmessage = (updates) => {
      if (!ended) onUpdates(updates);
    };
    invoke<number>('subscribe', { view, channel }).then(
      (subscription) => {
        // Ended before the answer came: nobody else would cancel it.
        if (ended) cancel(subscription);
        else id = subscription;
      },
      (thrown: unknown) => {
        if (!ended) onFailure(asFailure(thrown));
      },
    );
    return () => {
      if (ended) return;
      ended = true;
      if (id !== undefined) cancel(id);
    };
  },

  fileUrl: (account, id) => convertFileSrc(`${account}/${id}`, 'waxwing-file'),

  look(call, of, plain, onPicture) {
    let ended = false;
    let id: number | undefined;
    let keyOwed = false;
    let ahead = 0;
    /** Goes on where as many pictures as may be are waited for. */
    let more: (() => void) | undefined;
    const say = (command: string) => void invoke(command, { id }).catch(() => undefined);

    async function go(): Promise<void> {
      id = await invoke<number>('watch_pictures', { call, of, plain });
      if (keyOwed) say('ask_key');
      while (!ended) {
        const message = await invoke<ArrayBuffer>('next_picture', { id });
        if (ended || message.byteLength === 0) break;
        ahead += 1;
        onPicture(pictureOf(message));
        if (ahead >= AHEAD) await new Promise<void>((resolve) => (more = resolve));
      }
    }

    go()
      .catch(() => undefined)
      .finally(() => id !== undefined && say('leave_pictures'));
    return {
      seen() {
        ahead -= 1;
        more?.();
      },
      askKey() {
        if (id === undefined) keyOwed = true;
        else say('ask_key');
      },
      end() {
        if (ended) return;
        ended = true;
        more?.();
        // What is asked for is answered with that: nothing more comes.
        if (id !== undefined) say('leave_pictures');
      },
    };
  },
};

/** Pictures that the page has, and has not shown. */
const AHEAD = 4;

/** What stands before a frame: see src-tauri/src/pictures.rs. */
const HEADER = 24;
const KINDS = ['delta', 'key', 'plain'] as const;

function pictureOf(message: ArrayBuffer): Picture {
  const view = new DataView(message);
  return {
    kind: KINDS[view.getUint32(0, true)] ?? 'delta',
    width: view.getUint32(4, true),
    height: view.getUint32(8, true),
    timestamp: Number(view.getBigInt64(16, true)),
    data: new Uint8Array(message, HEADER),
  };
}
