/** The real backend: the one file that knows Tauri. */
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Update } from './contract';
import { asFailure, type ItemOf, type Transport } from './transport';

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
};
