/** Keys that work everywhere in the window. */
import { openDialogs } from '../../components/dialogs.svelte';
import type { Application } from '../../state/application.svelte';
import { accept, decline, hangUp, mute } from '../call/actions';
import { larger, smaller } from '../settings/zoom';
import { nextRegion } from './regions';

const typing = (target: EventTarget | null) =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;

function step(app: Application, by: 1 | -1): void {
  const list = app.conversationList;
  const { conversation } = app.place;
  const at = list.findIndex((item) => item.account === conversation?.account && item.peer === conversation.peer);
  const next = list[at < 0 ? (by === 1 ? 0 : list.length - 1) : at + by];
  if (next) app.place.openConversation(next.account, next.peer);
}

/** Answers whether the key was ours. */
export function onKey(app: Application, event: KeyboardEvent): boolean {
  const { place } = app;
  if (zoomKey(app, event)) return true;
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && !event.altKey && event.key.toLowerCase() === 'q') {
    void app.quit();
    return true;
  }
  if (event.isComposing || app.accountList.length === 0) return false;
  if (ctrl && event.shiftKey && !event.altKey && callKey(app, event.key.toLowerCase())) return true;
  const modal = place.overlay !== null || openDialogs() > 0;
  if (ctrl && !event.altKey && event.key.toLowerCase() === 'k') {
    // A form or a question stays: what was typed in it must not go for a search.
    if (place.overlay?.kind === 'palette') place.overlay = null;
    else if (!modal || (place.overlay && place.free && !place.closing)) place.overlay = { kind: 'palette' };
    return true;
  }
  if (modal) return false;
  if (event.key === 'F6') {
    nextRegion(event.shiftKey ? -1 : 1);
    return true;
  }
  if (event.altKey && !ctrl && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    step(app, event.key === 'ArrowDown' ? 1 : -1);
    return true;
  }
  if (event.altKey && !ctrl && place.section === 'services') {
    if (event.key === 'ArrowLeft') return place.services.back();
    if (event.key === 'ArrowRight') return place.services.forward();
  }
  if (ctrl && !event.altKey) {
    const key = event.key.toLowerCase();
    if (key === 'n') place.overlay = { kind: 'newChat' };
    else if (key === ',') place.section = 'settings';
    else if (key === '/') place.overlay = { kind: 'shortcuts' };
    else if (key === 'f' && place.section === 'chats' && place.conversation) {
      const { account, peer } = place.conversation;
      place.searchWithin(place.conversation, app.conversation(account, peer)?.name ?? peer);
    } else return false;
    return true;
  }
  if (event.key === '?' && !typing(event.target)) {
    place.overlay = { kind: 'shortcuts' };
    return true;
  }
  if (event.key === 'Escape') return place.back();
  return false;
}

/** Calls are answered from wherever one is. */
function callKey(app: Application, key: string): boolean {
  const [ringing] = app.ringing;
  const call = app.call && app.call.phase.phase !== 'ended' ? app.call : null;
  if (key === 'a' && ringing) void accept(app, ringing, false);
  else if (key === 'd' && ringing) void decline(app, ringing);
  else if (key === 'd' && call) void hangUp(app, call);
  else if (key === 'm' && call) void mute(app, call, !call.ours.muted);
  else return false;
  return true;
}

function zoomKey(app: Application, event: KeyboardEvent): boolean {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  const { zoom } = app;
  if (event.key === '+' || event.key === '=') void app.setZoom(larger(zoom));
  else if (event.key === '-' || event.key === '−' || event.key === '_') void app.setZoom(smaller(zoom));
  else if (event.key === '0') void app.setZoom(100);
  else return false;
  return true;
}
