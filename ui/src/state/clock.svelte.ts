/** The time as state, for words that count down or say "today". Ticks only while someone looks. */
import { createSubscriber } from 'svelte/reactivity';

function clock(period: number): () => number {
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(update, period);
    return () => clearInterval(timer);
  });
  return () => {
    subscribe();
    return Date.now();
  };
}

export const eachSecond = clock(1000);
export const eachMinute = clock(60_000);
