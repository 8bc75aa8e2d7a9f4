/** What is known of an account's connection and server, asked anew whenever its session changes. */
import { t } from '../../i18n/index.svelte';
import type { Account, AccountDetails, Failure } from '../../ipc/contract';
import { asFailure } from '../../ipc/transport';
import type { Application } from '../../state/application.svelte';

export interface WatchedDetails {
  readonly value: AccountDetails | null;
  readonly failure: Failure | null;
}

/** To be called while a component is made: it ends with that. */
export function watchDetails(app: Application, account: () => Account): WatchedDetails {
  let value = $state.raw<AccountDetails | null>(null);
  let failure = $state.raw<Failure | null>(null);
  const id = $derived(account().id);
  const stage = $derived(account().session.state);
  $effect(() => {
    void stage;
    let current = true;
    app.rpc('account.details', { account: id }).then(
      (answer) => {
        if (!current) return;
        value = answer;
        failure = null;
      },
      (thrown: unknown) => {
        if (current) failure = asFailure(thrown);
      },
    );
    return () => (current = false);
  });
  return {
    get value() {
      return value;
    },
    get failure() {
      return failure;
    },
  };
}

/** How a connection is secured, in one line. */
export function securedWords(details: AccountDetails | null): string {
  const connection = details?.connection;
  if (!connection) return t('account.securedLater');
  const { tls, mechanism, channelBinding } = connection;
  const bound = channelBinding ? t('account.securedBound') : t('account.securedUnbound');
  return `${t('account.secured', { tls, mechanism })}${t('word.separator')}${bound}`;
}
