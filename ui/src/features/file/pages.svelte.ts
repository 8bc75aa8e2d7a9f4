/** What a conversation has of one kind, newest first, page by page. */
import type { ConversationId, Failure, GalleryItem, GalleryOf } from '../../ipc/contract';
import { asFailure, type Transport } from '../../ipc/transport';

export class GalleryPages {
  items = $state.raw<readonly GalleryItem[]>([]);
  /** There is nothing older. */
  atStart = $state(false);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);

  #ended = false;

  constructor(
    private readonly transport: Transport,
    private readonly conversation: ConversationId,
    private readonly what: GalleryOf,
    private readonly limit: number,
  ) {}

  async older(): Promise<void> {
    if (this.loading || this.atStart) return;
    this.loading = true;
    this.failure = null;
    try {
      const { account, peer } = this.conversation;
      const before = this.items.at(-1)?.order ?? null;
      const page = await this.transport.rpc('gallery.page', {
        account,
        peer,
        what: this.what,
        before,
        limit: this.limit,
      });
      if (this.#ended) return;
      this.items = [...this.items, ...page.items];
      // A page of nothing would be asked for forever.
      this.atStart = page.atStart || page.items.length === 0;
    } catch (thrown) {
      if (!this.#ended) this.failure = asFailure(thrown);
    } finally {
      this.loading = false;
    }
  }

  end(): void {
    this.#ended = true;
  }
}
