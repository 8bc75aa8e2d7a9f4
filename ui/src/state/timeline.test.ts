import { describe, expect, it, vi } from 'vitest';
import type { Commands, Page } from '../ipc/contract';
import { Fake } from '../ipc/fake';
import { message } from '../ipc/fake/talk';
import { Timeline } from './timeline.svelte';

const ACCOUNT = 'fake-1';
const MERCUTIO = 'mercutio@verona.example';

async function opened(fake: Fake, peer = MERCUTIO, order: number | null = null) {
  const timeline = new Timeline(fake, ACCOUNT, peer);
  await timeline.open(order);
  return timeline;
}
const orders = (timeline: Timeline) => timeline.stretch.messages.map((item) => item.order);
function contiguous(list: number[]) {
  list.forEach((order, index) => index > 0 && expect(order - (list[index - 1] ?? 0)).toBe(10));
}

describe('Timeline', () => {
  it('opens at the newest page', async () => {
    const timeline = await opened(new Fake({ long: 500 }));
    expect(orders(timeline).at(-1)).toBe(5000);
    expect(timeline.stretch).toMatchObject({ atStart: false, atEnd: true });
    contiguous(orders(timeline));
  });

  it('loads older without holes up to the beginning', async () => {
    const timeline = await opened(new Fake({ long: 200 }));
    for (let round = 0; round < 5; round++) await timeline.older();
    expect(orders(timeline)[0]).toBe(10);
    expect(timeline.stretch.atStart).toBe(true);
    contiguous(orders(timeline));
  });

  it('stays bounded and without holes over a long way back and forth', async () => {
    const timeline = await opened(new Fake({ long: 3000 }));
    for (let round = 0; round < 30; round++) await timeline.older();
    expect(timeline.stretch.messages.length).toBeLessThanOrEqual(400);
    expect(timeline.stretch.atEnd).toBe(false);
    contiguous(orders(timeline));
    for (let round = 0; round < 60; round++) await timeline.newer();
    expect(timeline.stretch.atEnd).toBe(true);
    expect(orders(timeline).at(-1)).toBe(30_000);
    contiguous(orders(timeline));
  });

  it('jumps to a place and ignores what arrives elsewhere', async () => {
    const fake = new Fake({ long: 3000 });
    const timeline = await opened(fake);
    await timeline.jump(5000);
    expect(orders(timeline)).toContain(5000);
    const before = timeline.stretch;
    fake.world.put(`${ACCOUNT}/${MERCUTIO}`, message({ id: 'new', order: 30_010, at: 1, body: 'new' }));
    expect(timeline.stretch).toBe(before);
    await timeline.newest();
    expect(orders(timeline).at(-1)).toBe(30_010);
  });

  it('keeps a change that overtook the page it belongs to', async () => {
    const fake = new Fake({ long: 200 });
    const timeline = await opened(fake);
    let answer: (page: Page) => void = () => undefined;
    let asked: Commands['timeline.page']['request'] | null = null;
    fake.overrides['timeline.page'] = (request) => {
      asked = request;
      return new Promise((resolve) => (answer = resolve));
    };
    const loading = timeline.older();
    await vi.waitFor(() => expect(asked).not.toBeNull());
    const id = `${ACCOUNT}/${MERCUTIO}`;
    const all = fake.world.messages.get(id) ?? [];
    const old = all[100];
    const gone = all[101];
    if (!old || !gone) throw new Error('the fake has too few messages');
    const stale = all.slice(80, 140);
    fake.world.put(id, { ...old, body: 'corrected' });
    fake.world.drop(id, gone.id);
    answer({ messages: stale, atStart: false, atEnd: false, firstUnread: null });
    await loading;
    const held = timeline.stretch.messages;
    expect(held.find((item) => item.id === old.id)?.body).toBe('corrected');
    expect(held.some((item) => item.id === gone.id)).toBe(false);
  });

  it('drops the answer to an older question', async () => {
    const fake = new Fake({ long: 3000 });
    const timeline = await opened(fake);
    const slow = timeline.older();
    await timeline.jump(100);
    await slow;
    expect(orders(timeline)).toContain(100);
    contiguous(orders(timeline));
  });

  it('tells arrivals at the live edge, and only incoming ones', async () => {
    const fake = new Fake({ long: 20 });
    const timeline = await opened(fake);
    const heard: string[] = [];
    timeline.onArrival = (list) => heard.push(...list.map((item) => item.body));
    const id = `${ACCOUNT}/${MERCUTIO}`;
    const own = message({ id: 'own', order: 500, at: 1, body: 'own', outgoing: true });
    fake.world.put(id, own);
    fake.world.put(id, message({ id: 'in', order: 510, at: 2, body: 'theirs' }));
    fake.world.put(id, { ...own, delivery: 'delivered' });
    expect(heard).toEqual(['theirs']);
  });

  it('says why where a page cannot be had, and tries again', async () => {
    const fake = new Fake({ long: 20 });
    fake.overrides['timeline.page'] = () => Promise.reject(Object.assign(new Error('no'), { code: 'storage' }));
    const timeline = await opened(fake);
    expect(timeline.failure?.code).toBe('storage');
    delete fake.overrides['timeline.page'];
    await timeline.again();
    expect(timeline.ready).toBe(true);
    expect(timeline.failure).toBeNull();
  });
});
