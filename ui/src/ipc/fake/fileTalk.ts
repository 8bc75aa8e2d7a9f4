/** Files in the fake: one of each kind and state, to look at and to test with. */
import type { File, Message } from '../contract';
import { drawing } from './bytes';
import { message } from './talk';

const MINUTE = 60_000;

export function fakeFile(part: Partial<File> & Pick<File, 'id' | 'name'>): File {
  return {
    mediaType: 'application/octet-stream',
    kind: 'other',
    size: 84_000,
    width: null,
    height: null,
    length: null,
    thumbnail: null,
    state: 'here',
    failure: null,
    way: 'upload',
    why: null,
    inline: false,
    ...part,
  };
}

export const fakePicture = (id: string, part: Partial<File> = {}): File =>
  fakeFile({
    id,
    name: `${id}.jpg`,
    mediaType: 'image/jpeg',
    kind: 'image',
    size: 1_420_000,
    width: 1600,
    height: 1200,
    thumbnail: drawing(`${id}.jpg`, 32, 24),
    inline: true,
    ...part,
  });

export const fakeSound = (id: string, part: Partial<File> = {}): File =>
  fakeFile({
    id,
    name: 'voice-message.opus',
    mediaType: 'audio/ogg',
    kind: 'audio',
    size: 42_000,
    length: 72_000,
    inline: true,
    ...part,
  });

export const fakeFilm = (id: string, part: Partial<File> = {}): File =>
  fakeFile({
    id,
    name: 'garden-walk.mp4',
    mediaType: 'video/mp4',
    kind: 'video',
    size: 184_000_000,
    width: 1280,
    height: 720,
    length: 95_000,
    thumbnail: drawing('garden-walk.mp4', 32, 18),
    inline: true,
    ...part,
  });

/** After what Juliet said: files that came and went. */
export function fileTalk(now: number): Message[] {
  let order = 2_000_000;
  const share = (minutes: number, file: File, part: Partial<Message> = {}) =>
    message({ id: `f-${++order}`, order, at: now - minutes * MINUTE, body: '', files: [file], ...part });
  const own = { outgoing: true, delivery: 'delivered' } as const;
  return [
    share(3.9, fakePicture('balcony')),
    share(3.8, fakePicture('orchard', { width: 900, height: 1600 }), { body: 'And the orchard at noon' }),
    share(3.5, fakePicture('market'), own),
    share(3.2, fakeSound('voice')),
    share(3, fakeFilm('walk', { size: 18_400_000 })),
    share(2.8, fakeFile({ id: 'herbs', name: 'herbs-2026.pdf', mediaType: 'application/pdf', kind: 'text' }), own),
    share(2.5, fakeFilm('large', { state: 'offered' })),
    share(2, fakeFile({ id: 'gone', name: 'letters.zip', kind: 'archive', state: 'missing', size: 9_800_000 })),
    share(1.5, fakeFile({ id: 'soon', name: 'sonnet.txt', kind: 'text', state: 'announced', size: null })),
  ];
}
