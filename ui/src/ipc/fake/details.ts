/** An account's connection and server, in the fake. */
import type { AccountDetails, GetAccountDetails } from '../contract';
import type { World } from './world';

export function details(world: World, { account }: GetAccountDetails): AccountDetails {
  const online = world.accounts.get(account)?.session.state === 'online';
  return {
    account,
    bound: online ? `${world.accounts.get(account)?.jid ?? ''}/waxwing.7f3a` : null,
    connection: online
      ? {
          endpoint: 'xmpp.orchard.example:5223',
          directTls: true,
          tls: 'TLS 1.3',
          cipher: 'TLS_AES_256_GCM_SHA384',
          mechanism: 'SCRAM-SHA-256-PLUS',
          channelBinding: 'tls-exporter',
          sasl2: true,
          resumed: false,
          certificateFingerprint:
            '3A:7F:1C:09:D2:55:E1:88:4B:90:2E:6D:AF:13:C7:72:0B:5E:94:D8:61:AA:3C:F0:19:84:27:BD:E6:5A:C3:0F',
        }
      : null,
    serverSoftware: online ? 'Prosody 13.0.1' : null,
    capabilities: [
      { feature: 'archive', offered: true },
      { feature: 'carbons', offered: true },
      { feature: 'streamManagement', offered: true },
      { feature: 'blocking', offered: true },
      { feature: 'sasl2', offered: true },
      { feature: 'channelBinding', offered: true },
      { feature: 'clientState', offered: true },
      { feature: 'rosterVersions', offered: true },
      { feature: 'pep', offered: false },
      { feature: 'preApproval', offered: false },
    ],
    skippedStanzas: 0,
    clockOffset: -2300,
    pin: null,
    endpoint: null,
    proxy: null,
  };
}
