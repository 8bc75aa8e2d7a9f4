/** Kinds of services: their signs, and the order they stand in. */
import Bot from '@lucide/svelte/icons/bot';
import Box from '@lucide/svelte/icons/box';
import BookUser from '@lucide/svelte/icons/book-user';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import Hash from '@lucide/svelte/icons/hash';
import Route from '@lucide/svelte/icons/route';
import Rss from '@lucide/svelte/icons/rss';
import Server from '@lucide/svelte/icons/server';
import UserRound from '@lucide/svelte/icons/user-round';
import Waypoints from '@lucide/svelte/icons/waypoints';
import type { ServiceItem, ServiceKind } from '../../ipc/contract';
import type { Looked } from '../../state/services/looked.svelte';

export const SIGNS: Record<ServiceKind, typeof Server> = {
  server: Server,
  rooms: Hash,
  room: Hash,
  gateway: Waypoints,
  publishing: Rss,
  directory: BookUser,
  upload: HardDrive,
  proxy: Route,
  bot: Bot,
  person: UserRound,
  other: Box,
};

const ORDER: ServiceKind[] = [
  'rooms',
  'room',
  'publishing',
  'directory',
  'gateway',
  'bot',
  'person',
  'server',
  'upload',
  'proxy',
  'other',
];

export interface Group {
  kind: ServiceKind;
  items: ServiceItem[];
}

/** The services of a server by what they are for. */
export function groups(looked: Looked): Group[] {
  const kindOf = ({ address, node }: ServiceItem) => (node === null ? looked.kinds.get(address) : undefined) ?? 'other';
  return ORDER.flatMap((kind): Group[] => {
    const items = looked.items.items.filter((item) => kindOf(item) === kind);
    return items.length > 0 ? [{ kind, items }] : [];
  });
}
