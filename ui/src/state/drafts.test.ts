import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fake } from '../ipc/fake';
import { Drafts } from './drafts.svelte';

const conversation = { id: 'fake-1/a@b', account: 'fake-1', peer: 'a@b', draft: 'stored' };
const sent = (fake: Fake) =>
  fake.calls.filter((call) => call.name === 'conversation.draft').map((call) => call.request);

describe('Drafts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('begins with what is stored, then with what was typed', () => {
    const drafts = new Drafts(new Fake());
    expect(drafts.text(conversation)).toBe('stored');
    drafts.set(conversation, 'typed');
    expect(drafts.text(conversation)).toBe('typed');
  });

  it('sends once after a pause', () => {
    const fake = new Fake();
    const drafts = new Drafts(fake);
    drafts.set(conversation, 'a');
    drafts.set(conversation, 'ab');
    expect(sent(fake)).toEqual([]);
    vi.advanceTimersByTime(600);
    expect(sent(fake)).toEqual([{ account: 'fake-1', peer: 'a@b', text: 'ab' }]);
  });

  it('sends at once when flushed, and not again', () => {
    const fake = new Fake();
    const drafts = new Drafts(fake);
    drafts.set(conversation, 'a');
    drafts.flush();
    vi.advanceTimersByTime(600);
    expect(sent(fake)).toHaveLength(1);
  });
});
