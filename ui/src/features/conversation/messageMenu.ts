/** What can be done with a message. */
import Copy from '@lucide/svelte/icons/copy';
import CodeXml from '@lucide/svelte/icons/code-xml';
import Link2 from '@lucide/svelte/icons/link-2';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Trash2 from '@lucide/svelte/icons/trash-2';
import { copyText } from '../../components/clipboard';
import type { MenuItem } from '../../components/Menu.svelte';
import { t } from '../../i18n/index.svelte';
import type { Message } from '../../ipc/contract';
import type { Application } from '../../state/application.svelte';
import { fileItems } from '../file/menu';
import { linksOf } from './rows';

/** A message full of links must not become a menu that fills the window. */
const LINKS = 5;
const LONG = 48;

const short = (url: string) => (url.length > LONG ? `${url.slice(0, LONG)}…` : url);

export function messageItems(app: Application, account: string, message: Message): MenuItem[] {
  const { id, body, delivery } = message;
  const selection = String(getSelection() ?? '');
  const items: MenuItem[] = fileItems(app, account, message);
  if (selection.trim() !== '')
    items.push({ label: t('chat.copySelection'), icon: Copy, run: () => void copyText(selection) });
  if (body.trim() !== '' || message.files.length === 0)
    items.push({ label: t('chat.copyText'), icon: Copy, run: () => void copyText(body) });
  // The links in the text are for the pointer; the keyboard has them here.
  for (const { text, link } of linksOf(body).slice(0, LINKS))
    items.push(
      link === 'xmpp'
        ? {
            label: t('link.open', { url: short(text) }),
            icon: Link2,
            run: () => void app.notices.watch(app.rpc('link.open', { uri: text })),
          }
        : { label: t('link.copy', { url: short(text) }), icon: Link2, run: () => void copyText(text) },
    );
  items.push({
    label: t('chat.source'),
    icon: CodeXml,
    run: () => (app.place.overlay = { kind: 'source', account, id }),
  });
  // A file that failed or was not wanted is tried again itself.
  if (delivery === 'failed' && !message.files.some(({ state }) => state === 'failed' || state === 'cancelled'))
    items.push({
      label: t('do.retry'),
      icon: RotateCw,
      run: () => void app.notices.watch(app.rpc('message.retry', { account, id })),
    });
  if (delivery === 'failed' || delivery === 'queued')
    items.push({
      label: t('do.discard'),
      icon: Trash2,
      danger: true,
      run: () => void app.notices.watch(app.rpc('message.discard', { account, id })),
    });
  return items;
}
