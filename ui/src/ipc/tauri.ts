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
    // What was said before the answer came is said then: it counts.
    let owed = 0;
    let keyOwed = false;
    const say = (command: string, request: Record<string, unknown>) =>
      void invoke(command, request).catch(() => undefined);
    const channel = new Channel<ArrayBuffer>();
    channel.onmessage = (message) => {
      if (!ended) onPicture(pictureOf(message));
    };
    invoke<number>('watch_pictures', { call, of, plain, channel }).then(
      (watched) => {
        if (ended) say('leave_pictures', { id: watched });
        else {
          id = watched;
          for (; owed > 0; owed--) say('seen_picture', { id, key: false });
          if (keyOwed) say('seen_picture', { id, key: true });
        }
      },
      () => undefined,
    );
    return {
      seen() {
        if (id === undefined) owed += 1;
        else say('seen_picture', { id, key: false });
      },
      askKey() {
        if (id === undefined) keyOwed = true;
        else say('seen_picture', { id, key: true });
      },
      end() {
        if (ended) return;
        ended = true;
        if (id !== undefined) say('leave_pictures', { id });
      },
    };
  },
};

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
