/** What the desktop offers, as far as it has answered. */
import type { Desktop, Failure } from '../../ipc/contract';
import { asFailure, type Transport } from '../../ipc/transport';

export class DesktopFacts {
  value = $state.raw<Desktop | null>(null);
  failure = $state.raw<Failure | null>(null);

  constructor(private readonly transport: Transport) {}

  async load(): Promise<void> {
    try {
      this.value = await this.transport.rpc('desktop.get', {});
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }
}
