import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../ipc/transport';
import { Media } from './media.svelte';

afterEach(() => vi.useRealTimers());

const player = (readyState: number) => ({ readyState, HAVE_CURRENT_DATA: 2 }) as HTMLMediaElement;

describe('a player of which nothing is heard', () => {
  it('is given up where nothing begins', () => {
    vi.useFakeTimers();
    const media = new Media({} as Transport, 'mira', '7', 'video/webm');
    media.begins(player(0));
    expect(media.broken).toBe(false);
    vi.advanceTimersByTime(6000);
    expect(media.broken).toBe(true);
  });

  it('is left alone where something began, or it went', () => {
    vi.useFakeTimers();
    const media = new Media({} as Transport, 'mira', '7', 'video/webm');
    media.begins(player(4));
    media.begins(player(0))();
    vi.advanceTimersByTime(6000);
    expect(media.broken).toBe(false);
  });
});
