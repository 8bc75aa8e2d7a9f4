/** Puts files into the fake's conversation with Juliet, for tests. */
import type { File, Message } from '../../ipc/contract';
import type { Fake } from '../../ipc/fake';
import { message } from '../../ipc/fake/talk';
import type { WorldOptions } from '../../ipc/fake/world';
import { ACCOUNT, JULIET, openChat, openWindow, settle } from '../../test-window';

export const CHAT = `${ACCOUNT}/${JULIET}`;

/** A message of these files. */
export function shared(fake: Fake, files: File[], part: Partial<Message> = {}): Message {
  const order = fake.world.nextOrder(CHAT);
  const item = message({ id: `with-${order}`, order, at: Date.now(), body: '', files, ...part });
  fake.world.put(CHAT, item);
  return item;
}

export async function openShared(
  files: File[],
  part: Partial<Message> = {},
  options: WorldOptions & { language?: string } = {},
) {
  const opened = await openWindow({ long: 20, ...options });
  const item = shared(opened.fake, files, part);
  await openChat(opened.app);
  await settle();
  return { ...opened, item };
}

export const asked = (fake: Fake, name: string) =>
  fake.calls.filter((call) => call.name === name).map((call) => call.request);
