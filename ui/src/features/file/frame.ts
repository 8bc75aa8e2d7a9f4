/** How large a picture stands in the timeline: known before it is here, so that nothing jumps. In rem. */
import type { File } from '../../ipc/contract';

const WIDEST = 22;
const TALLEST = 20;
/** A strip that is hardly seen helps nobody. */
const LEAST = 5;
/** Points to a rem: small pictures are not blown up. */
const POINTS = 16;

export interface Frame {
  width: number;
  height: number;
}

export function frameOf({ width, height }: Pick<File, 'width' | 'height'>): Frame {
  if (!width || !height) return { width: 16, height: 12 };
  const scale = Math.min(1, (WIDEST * POINTS) / width, (TALLEST * POINTS) / height);
  return {
    width: Math.max(LEAST, (width * scale) / POINTS),
    height: Math.max(LEAST, (height * scale) / POINTS),
  };
}

/** It stands as a picture, now or when it is here. */
export const isFramed = (file: File) =>
  (file.kind === 'image' || file.kind === 'video') &&
  (file.thumbnail !== null || (file.state === 'here' && file.inline));

/** The picture, where there is nothing else and it can be looked at. */
export function onlyPicture(files: readonly File[]): File | null {
  const [file] = files;
  return file && files.length === 1 && file.kind === 'image' && file.state === 'here' && file.inline ? file : null;
}
