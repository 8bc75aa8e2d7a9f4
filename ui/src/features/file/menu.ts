/** What can be done with the files of a message, by its menu. */
import ArrowDownToLine from '@lucide/svelte/icons/arrow-down-to-line';
import ExternalLink from '@lucide/svelte/icons/external-link';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import Forward from '@lucide/svelte/icons/forward';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Save from '@lucide/svelte/icons/save';
import X from '@lucide/svelte/icons/x';
import type { MenuItem } from '../../components/Menu.svelte';
import { t } from '../../i18n/index.svelte';
import type { File, Message } from '../../ipc/contract';
import type { Application } from '../../state/application.svelte';
import { cancel, isFromHand, open, save, show, start } from './actions';

/** A message of many files must not become a menu that fills the window. */
const FEW = 3;

function itemsOf(app: Application, account: string, file: File, outgoing: boolean, alone: boolean): MenuItem[] {
  const named = { account, id: file.id };
  const { name } = file;
  switch (file.state) {
    case 'here':
      return [
        {
          label: alone ? t('file.menu.open') : t('file.menu.openNamed', { name }),
          icon: ExternalLink,
          run: () => void open(app, named),
        },
        {
          label: alone ? t('file.menu.show') : t('file.menu.showNamed', { name }),
          icon: FolderOpen,
          run: () => void show(app, named),
        },
        {
          label: alone ? t('file.menu.save') : t('file.menu.saveNamed', { name }),
          icon: Save,
          run: () => void save(app, named),
        },
      ];
    case 'offered':
      return [{ label: t('file.getNamed', { name }), icon: ArrowDownToLine, run: () => void start(app, named) }];
    case 'moving':
      return [{ label: t('file.cancel', { name }), icon: X, run: () => void cancel(app, named) }];
    case 'failed':
    case 'cancelled':
      if (isFromHand(file, outgoing)) return [];
      return [{ label: t('do.tryAgain'), icon: RotateCw, run: () => void start(app, named) }];
    default:
      return [];
  }
}

export function fileItems(app: Application, account: string, { files, outgoing }: Message): MenuItem[] {
  const items = files.slice(0, FEW).flatMap((file) => itemsOf(app, account, file, outgoing, files.length === 1));
  const here = files.filter(({ state }) => state === 'here').map(({ id }) => id);
  if (here.length > 0)
    items.push({
      label: t('file.menu.forward'),
      icon: Forward,
      run: () => (app.place.overlay = { kind: 'forward', account, files: here }),
    });
  return items;
}
