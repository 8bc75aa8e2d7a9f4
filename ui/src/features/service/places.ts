/** Which service is shown. */
import type { Application } from '../../state/application.svelte';
import type { ServicePlace, Visit } from '../../state/services/trail.svelte';

const serverOf = (app: Application, account: string) => app.account(account)?.jid.split('@').at(-1) ?? '';

/** Where nothing was looked at yet, the own server is. */
export function shownPlace(app: Application): ServicePlace | null {
  const [first] = app.accountList;
  return first ? { account: first.id, address: '', node: null, view: 'look', name: serverOf(app, first.id) } : null;
}

export function shownVisit(app: Application): Visit | null {
  const place = shownPlace(app);
  return app.place.services.at ?? (place && { id: 0, place });
}

/** Whatever is done there, it is the same place. */
export const isHere = (row: ServicePlace, current: ServicePlace) =>
  row.account === current.account &&
  row.address === current.address &&
  (row.node === current.node || current.view === 'command');

/** As it is called, wherever that is known. */
export function placeName(app: Application, { account, address, node, name }: ServicePlace): string {
  const service = app.services.looked(account, address, null).service;
  if (node === null || name === undefined) return service?.name ?? name ?? (address || serverOf(app, account));
  return name;
}
