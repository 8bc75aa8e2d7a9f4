/** Whether a conversation keeps quiet. A time that has passed mutes no more, also before the backend says so. */
import type { ConversationNotify } from '../ipc/contract';

/** As everywhere. */
export const USUAL: ConversationNotify = { muted: false, mutedUntil: null, preview: null, sound: null };

export const isMuted = ({ muted, mutedUntil }: ConversationNotify, now: number): boolean =>
  muted && (mutedUntil === null || now < mutedUntil);
