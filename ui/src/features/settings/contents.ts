/** Everything the settings hold, in the order of the page, with the texts each is found by: its label comes first. */
import { t, type Key } from '../../i18n/index.svelte';
import type { Application } from '../../state/application.svelte';
import type { SettingsSection } from '../../state/place.svelte';
import { matches } from '../search/match';
import { SHORTCUTS } from '../shortcuts/keys';

interface Entry {
  section: SettingsSection;
  texts: readonly [Key, ...Key[]];
}

const ENTRIES = {
  theme: {
    section: 'appearance',
    texts: ['settings.theme', 'settings.theme.system', 'settings.theme.light', 'settings.theme.dark'],
  },
  zoom: { section: 'appearance', texts: ['settings.zoom', 'settings.zoomHelp'] },
  density: {
    section: 'appearance',
    texts: ['settings.density', 'settings.densityHelp', 'settings.density.comfortable', 'settings.density.compact'],
  },
  language: { section: 'language', texts: ['settings.language', 'settings.languageSystem'] },
  notify: { section: 'notifications', texts: ['settings.notify', 'settings.notifyHelp'] },
  preview: {
    section: 'notifications',
    texts: ['settings.preview', 'settings.previewHelp', 'settings.preview.nameAndText', 'settings.preview.name'],
  },
  sound: { section: 'notifications', texts: ['settings.sound', 'settings.soundHelp'] },
  quietHours: { section: 'notifications', texts: ['settings.quietHours', 'settings.quietHoursHelp'] },
  service: { section: 'notifications', texts: ['settings.service', 'settings.try'] },
  muted: { section: 'notifications', texts: ['settings.muted', 'notify.unmute'] },
  microphone: { section: 'calls', texts: ['settings.microphone', 'trial.microphone'] },
  loudspeaker: { section: 'calls', texts: ['settings.loudspeaker', 'trial.loudspeaker'] },
  ringtone: { section: 'calls', texts: ['settings.ringtone'] },
  echo: { section: 'calls', texts: ['settings.echo', 'settings.echoHelp'] },
  noise: { section: 'calls', texts: ['settings.noise', 'settings.noiseHelp'] },
  gain: { section: 'calls', texts: ['settings.gain', 'settings.gainHelp'] },
  receipts: { section: 'privacy', texts: ['settings.receipts', 'settings.receiptsHelp'] },
  markers: { section: 'privacy', texts: ['settings.markers', 'settings.markersHelp'] },
  typing: { section: 'privacy', texts: ['settings.typing', 'settings.typingHelp'] },
  relayOnly: { section: 'calls', texts: ['settings.relayOnly', 'settings.relayOnlyHelp'] },
  presence: { section: 'privacy', texts: ['settings.presence', 'settings.presenceHelp', 'person.stopShowing'] },
  blocked: { section: 'privacy', texts: ['settings.blocked', 'person.unblock'] },
  accounts: { section: 'accounts', texts: ['settings.accounts', 'settings.accountsHelp'] },
  addAccount: { section: 'accounts', texts: ['settings.addAccount'] },
  passwords: { section: 'accounts', texts: ['passwords.title', 'passwords.useFile'] },
  close: {
    section: 'window',
    texts: ['settings.close', 'settings.closeHelp', 'settings.close.hide', 'settings.close.quit'],
  },
  login: { section: 'window', texts: ['settings.login', 'settings.loginHelp', 'settings.login.hidden'] },
  enter: { section: 'chat', texts: ['settings.enter', 'settings.enterHelp'] },
  receiveMb: {
    section: 'files',
    texts: ['settings.receiveMb', 'settings.receiveMbHelp', 'settings.receiveNone'],
  },
  keepMb: { section: 'files', texts: ['settings.keepMb', 'settings.keepMbHelp', 'settings.keepMbAll'] },
  stripPhotos: { section: 'files', texts: ['settings.stripPhotos', 'settings.stripPhotosHelp'] },
  kept: { section: 'storage', texts: ['settings.kept', 'settings.wipe'] },
  keepDays: { section: 'storage', texts: ['settings.keepDays', 'settings.keepDaysHelp', 'settings.keepForever'] },
  folder: { section: 'storage', texts: ['about.dataFolder'] },
  shortcuts: {
    section: 'keyboard',
    texts: ['shortcuts.title', ...SHORTCUTS.flatMap(({ list }) => list.map(({ label }) => label))],
  },
  version: { section: 'about', texts: ['app.name', 'about.licence'] },
  crash: { section: 'about', texts: ['about.crash', 'about.crashLead'] },
  licences: { section: 'about', texts: ['about.licences', 'about.licencesLead'] },
  log: { section: 'about', texts: ['about.log', 'about.logLead'] },
  report: { section: 'about', texts: ['about.report', 'about.reportLead'] },
} as const satisfies Record<string, Entry>;

export type SettingId = keyof typeof ENTRIES;

const ENTRY_LIST = Object.entries(ENTRIES) as [SettingId, Entry][];

export const settingLabel = (setting: SettingId): string => t(ENTRIES[setting].texts[0]);
export const sectionOf = (setting: SettingId): SettingsSection => ENTRIES[setting].section;

/** The settings that match what is typed in the current language, in the order of the page; `null` where nothing is typed. */
export function foundSettings(app: Application): ReadonlySet<SettingId> | null {
  const query = app.place.settingsQuery.trim();
  if (query === '') return null;
  const found = ENTRY_LIST.filter(([setting, { section, texts }]) => {
    if (setting === 'crash' && !app.info?.crashReport) return false;
    const words = [t(`settings.section.${section}`), ...texts.map((key) => t(key)), t(`settings.find.${setting}`)];
    if (setting === 'accounts' || setting === 'kept')
      for (const { jid, name } of app.accountList) words.push(jid, name);
    return matches(query, words.join(' '));
  });
  return new Set(found.map(([setting]) => setting));
}
