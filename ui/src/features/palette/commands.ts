/** What the palette can do beside going somewhere. */
import { t } from '../../i18n/index.svelte';
import type { Show } from '../../ipc/contract';
import type { Application } from '../../state/application.svelte';

export interface Command {
  title: string;
  run: () => void;
}

const SHOWS: Show[] = ['online', 'away', 'dnd'];

export function commands(app: Application): Command[] {
  const { place } = app;
  return [
    { title: t('command.newChat'), run: () => (place.overlay = { kind: 'newChat' }) },
    { title: t('command.addPerson'), run: () => (place.overlay = { kind: 'addContact' }) },
    { title: t('command.chats'), run: () => (place.section = 'chats') },
    { title: t('command.people'), run: () => (place.section = 'people') },
    { title: t('command.services'), run: () => (place.section = 'services') },
    { title: t('command.settings'), run: () => (place.section = 'settings') },
    { title: t('command.themeLight'), run: () => void app.change({ theme: 'light' }) },
    { title: t('command.themeDark'), run: () => void app.change({ theme: 'dark' }) },
    { title: t('command.themeSystem'), run: () => void app.change({ theme: 'system' }) },
    ...SHOWS.map((show) => ({
      title: t('command.presence', { show: t(`show.${show}`) }),
      run: () => {
        for (const { id: account, presence } of app.accountList)
          void app.notices.watch(
            app.rpc('account.setPresence', { account, show, status: presence.status, priority: presence.priority }),
          );
      },
    })),
    { title: t('command.quit'), run: () => void app.quit() },
    { title: t('command.shortcuts'), run: () => (place.overlay = { kind: 'shortcuts' }) },
  ];
}
