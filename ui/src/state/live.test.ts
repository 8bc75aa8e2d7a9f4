import { describe, expect, it } from 'vitest';
import type { Account, Update } from '../ipc/contract';
import { Fake, nothingToSee } from '../ipc/fake';
import type { Transport } from '../ipc/transport';
import { applyUpdates, LiveView } from './live.svelte';

interface Thing {
  id: string;
  value: number;
}
const records = (...things: Thing[]) => new Map(things.map((thing) => [thing.id, thing]));
const snapshot = (rev: number, ...items: Thing[]): Update<Thing> => ({ kind: 'snapshot', rev, items });
const delta = (rev: number, upsert: Thing[], remove: string[] = []): Update<Thing> => ({
  kind: 'delta',
  rev,
  upsert,
  remove,
});

describe('applyUpdates', () => {
  it('replaces everything by a snapshot', () => {
    const result = applyUpdates(records({ id: 'old', value: 1 }), 4, [snapshot(9, { id: 'new', value: 2 })]);
    expect(result).toEqual({ rev: 9, records: records({ id: 'new', value: 2 }) });
  });

  it('upserts and removes by key, in order', () => {
    const result = applyUpdates(records({ id: 'a', value: 1 }, { id: 'b', value: 1 }), 1, [
      delta(2, [{ id: 'a', value: 2 }]),
      delta(3, [{ id: 'c', value: 3 }], ['b']),
    ]);
    expect(result).toEqual({ rev: 3, records: records({ id: 'a', value: 2 }, { id: 'c', value: 3 }) });
  });

  it('does not touch the records it was given', () => {
    const before = records({ id: 'a', value: 1 });
    applyUpdates(before, 1, [delta(2, [{ id: 'a', value: 2 }])]);
    expect(before.get('a')?.value).toBe(1);
  });

  it('answers the same records where nothing changed, so that nothing is drawn anew', () => {
    const before = records({ id: 'a', value: 1 });
    const result = applyUpdates(before, 5, [delta(5, [{ id: 'a', value: 9 }])]);
    expect(result !== 'gap' && result.records).toBe(before);
  });

  it('finds a gap', () => {
    expect(applyUpdates(records(), 1, [delta(3, [])])).toBe('gap');
    expect(applyUpdates(records(), null, [delta(1, [])])).toBe('gap');
  });
});

describe('LiveView', () => {
  it('follows the backend', async () => {
    const fake = new Fake();
    const view = new LiveView(fake, { view: 'accounts' });
    view.start();
    await Promise.resolve();
    expect(view.ready).toBe(true);
    const id = [...view.records.keys()][0] ?? '';
    fake.world.changeAccount(id, { name: 'Changed' });
    expect(view.records.get(id)?.name).toBe('Changed');
    view.stop();
    fake.world.changeAccount(id, { name: 'Unheard' });
    expect(view.records.get(id)?.name).toBe('Changed');
  });

  it('subscribes again after a gap and shows what it missed', async () => {
    const fake = new Fake();
    let subscriptions = 0;
    const counting: Transport = {
      look: nothingToSee,
      fileUrl: () => '',
      rpc: fake.rpc.bind(fake),
      subscribe: (view, onUpdates) => {
        subscriptions += 1;
        return fake.subscribe(view, onUpdates);
      },
    };
    const view = new LiveView(counting, { view: 'accounts' });
    view.start();
    await Promise.resolve();
    const id = [...view.records.keys()][0] ?? '';
    const missed = { ...(fake.world.accounts.get(id) as Account), name: 'Missed' };
    fake.world.accounts.set(id, missed);
    fake.world.views.accounts.skip();
    fake.world.views.accounts.delta([]);
    await Promise.resolve();
    expect(subscriptions).toBe(2);
    expect(view.records.get(id)?.name).toBe('Missed');
  });
});
