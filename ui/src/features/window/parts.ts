/**
 * Parts of the window that its first picture does not need. Each is a file of its own, fetched as soon as the window has
 * nothing better to do, or at once when it is asked for. What is here already is answered without a promise, so that
 * `{#await}` draws it in the same turn.
 */
const all: (() => unknown)[] = [];

function part<T extends object>(load: () => Promise<T>): () => T | Promise<T> {
  let here: T | undefined;
  const get = () => here ?? load().then((module) => (here = module));
  all.push(get);
  return get;
}

export const firstRun = part(() => import('../account/FirstRun.svelte'));
export const conversationPage = part(() => import('../conversation/ConversationPage.svelte'));
export const people = part(() => import('../roster/People.svelte'));
export const personPanel = part(() => import('../roster/PersonPanel.svelte'));
export const serviceList = part(() => import('../service/ServiceList.svelte'));
export const servicePage = part(() => import('../service/ServicePage.svelte'));
export const settingsList = part(() => import('../settings/SettingsList.svelte'));
export const settingsPage = part(() => import('../settings/SettingsPage.svelte'));
export const palette = part(() => import('../palette/Palette.svelte'));
export const shortcuts = part(() => import('../shortcuts/ShortcutsDialog.svelte'));
export const newChat = part(() => import('../conversation/NewChat.svelte'));
export const addContact = part(() => import('../roster/AddContact.svelte'));
export const notifyDialog = part(() => import('../conversation/NotifyDialog.svelte'));
export const messageSource = part(() => import('../conversation/MessageSource.svelte'));
export const viewer = part(() => import('../file/Viewer.svelte'));
export const forward = part(() => import('../file/Forward.svelte'));
export const gallery = part(() => import('../file/Gallery.svelte'));
export const transfersBar = part(() => import('../file/TransfersBar.svelte'));
export const callBar = part(() => import('../call/CallBar.svelte'));
export const callStage = part(() => import('../call/CallStage.svelte'));
export const incomingCalls = part(() => import('../call/IncomingCalls.svelte'));
export const closeQuestion = part(() => import('./CloseQuestion.svelte'));
export const crashReport = part(() => import('../settings/CrashReport.svelte'));

/** Fetches all that is not here yet. */
export const fetchParts = () => Promise.all(all.map((get) => get()));
