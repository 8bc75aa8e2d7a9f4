import { describe, expect, it } from 'vitest';
import { ACCOUNT, find, openWindow, settle, type } from '../../test-window';
import { lastCall } from '../settings/test-settings';
import { blankEndpoint, endpointOf, formOf, proxyOf, routeWrong } from './EndpointFields.svelte';

describe('the way to a server', () => {
  it('has the usual ports where none is said', () => {
    const form = { ...blankEndpoint(), host: ' xmpp.example.org ', proxyHost: '127.0.0.1' };
    expect(endpointOf(form)).toEqual({ host: 'xmpp.example.org', port: 5222, directTls: false });
    expect(proxyOf(form)).toEqual({ host: '127.0.0.1', port: 9050 });
    expect(endpointOf(blankEndpoint())).toBeNull();
    expect(proxyOf(blankEndpoint())).toBeNull();
    expect(formOf(endpointOf(form), proxyOf(form))).toMatchObject({ port: '5222', proxyPort: '9050' });
  });

  it.each([{ port: '5222' }, { proxyPort: '9050' }, { host: 'x', port: '70000' }, { proxyHost: 'x', proxyPort: 'y' }])(
    'is wrong where something is missing or no port: %o',
    (more) => expect(routeWrong({ ...blankEndpoint(), ...more })).toBe(true),
  );

  it('is changed on the account page', async () => {
    const { app, fake } = await openWindow({ long: 20 });
    app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle(20);
    find('endpoint').querySelector('summary')?.click();
    type(find<HTMLInputElement>('proxy-port'), '9150');
    find('route-save').click();
    await settle();
    expect(lastCall(fake, 'account.setRoute')).toBeUndefined();
    type(find<HTMLInputElement>('proxy-host'), '127.0.0.1');
    find('route-save').click();
    await settle();
    expect(lastCall(fake, 'account.setRoute')).toEqual({
      account: ACCOUNT,
      endpoint: null,
      proxy: { host: '127.0.0.1', port: 9150 },
    });
  });
});
