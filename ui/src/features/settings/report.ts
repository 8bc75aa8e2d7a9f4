/**
 * A report for whoever helps with a problem: what is where, without who. English and technical, since the makers read
 * it; the person may read it first. Nothing in it is an address, a password or a message.
 */
import type { Desktop, Settings } from '../../ipc/contract';
import { DEFAULT_SETTINGS, type Application } from '../../state/application.svelte';

/** Addresses and servers of the person and of everyone they know, and whatever else looks like an address. */
export function withoutAddresses(text: string, known: readonly string[]): string {
  const parts = known.flatMap((jid) => [jid, jid.slice(jid.indexOf('@') + 1)]).filter((part) => part.length > 2);
  // The longest first: a server's name is part of the addresses on it.
  const sorted = [...new Set(parts)].sort((a, b) => b.length - a.length);
  let clean = text;
  for (const part of sorted) clean = clean.replaceAll(part, '(address)');
  // Screens are named `1280x800@1`.
  return clean.replace(/[^\s<>"'()[\]{},;]+@[^\s<>"'()[\]{},;]+/g, (word) =>
    /^\d+x\d+@[\d.]+:?$/.test(word) ? word : '(address)',
  );
}

function session(account: Application['accountList'][number]): string {
  const { session: at } = account;
  if ('failure' in at) return `${at.state} (${[at.failure.code, at.failure.condition].filter(Boolean).join(', ')})`;
  if (at.state === 'connecting') return `connecting (${at.step})`;
  return at.state === 'online' && at.catchingUp ? 'online (catching up)' : at.state;
}

function changed(settings: Settings): string[] {
  return Object.entries(settings)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULT_SETTINGS[name as keyof Settings]))
    .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
}

function surroundings(desktop: Desktop | null): string[] {
  if (!desktop) return ['desktop: no answer'];
  const { tray, notifications: shown, startAtLogin } = desktop;
  const abilities = shown
    ? [
        shown.actions && 'actions',
        shown.inlineReply && 'reply',
        shown.sound && 'sound',
        shown.doNotDisturb && 'held back',
      ]
    : [];
  const service = shown ? `${shown.name || 'system'} (${abilities.filter(Boolean).join(', ')})` : 'none';
  return [`tray: ${tray ? 'yes' : 'no'}`, `notifications: ${service}`, `start at login: ${startAtLogin ?? 'unknown'}`];
}

export function report(app: Application, desktop: Desktop | null): string {
  const { info, settings } = app;
  const { navigator, screen, devicePixelRatio } = globalThis;
  const differing = changed(settings);
  const lines = [
    `Waxwing ${info?.version ?? ''}`,
    `system: ${navigator.userAgent}`,
    `languages: ${navigator.languages.join(', ')}`,
    `screen: ${screen.width}x${screen.height}@${devicePixelRatio}`,
    `passwords: ${info?.passwords ?? 'unknown'}`,
    ...surroundings(desktop),
    `accounts: ${app.accountList.length}`,
    ...app.accountList.map((account, index) => `  ${index + 1}: ${session(account)}`),
    `settings that differ: ${differing.length === 0 ? 'none' : ''}`,
    ...differing,
  ];
  if (info && info.resetSettings.length > 0)
    lines.push(`settings that were unreadable: ${info.resetSettings.join(', ')}`);
  if (info?.crashReport) lines.push('last crash:', info.crashReport);
  const known = [
    ...app.accountList.map(({ jid }) => jid),
    ...[...app.roster.records.values()].map(({ jid }) => jid),
    ...app.conversationList.map(({ peer }) => peer),
  ];
  return withoutAddresses(lines.map((line) => line.trimEnd()).join('\n'), known);
}
