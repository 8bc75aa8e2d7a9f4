/** The shape of a sound, for those who see it. */

export const BARS = 48;

/** The loudest of each stretch, from 0 to 1, the loudest of all being 1. Pure. */
export function peaks(samples: Float32Array, bars: number): number[] {
  const size = samples.length / bars;
  const found = Array.from({ length: bars }, (_, bar) => {
    let most = 0;
    const end = Math.floor((bar + 1) * size);
    // A long sound is looked at in steps: nobody sees the difference.
    const step = Math.max(1, Math.floor(size / 400));
    for (let at = Math.floor(bar * size); at < end; at += step) most = Math.max(most, Math.abs(samples[at] ?? 0));
    return most;
  });
  const loudest = Math.max(...found, 1e-6);
  return found.map((value) => value / loudest);
}

/** `null` where the webview cannot decode it: a plain bar does as well. */
export async function waveOf(blob: Blob): Promise<number[] | null> {
  if (typeof OfflineAudioContext === 'undefined') return null;
  try {
    const context = new OfflineAudioContext(1, 1, 8000);
    const sound = await context.decodeAudioData(await blob.arrayBuffer());
    return peaks(sound.getChannelData(0), BARS);
  } catch {
    return null;
  }
}
