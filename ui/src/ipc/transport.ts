/** The border to the backend, as the rest of the interface sees it. */
import type {
  Account,
  Call,
  Commands,
  Contact,
  Conversation,
  Errand,
  Failure,
  Message,
  PictureOf,
  Recording,
  StreamElement,
  SubscriptionRequest,
  Transfer,
  TrialStep,
  Update,
  View,
} from './contract';

/** What each view's items are. */
export interface ViewItems {
  accounts: Account;
  calls: Call;
  roster: Contact;
  requests: SubscriptionRequest;
  conversations: Conversation;
  errands: Errand;
  timeline: Message;
  console: StreamElement;
  trial: TrialStep;
  transfers: Transfer;
  recording: Recording;
}

export type ItemOf<V extends View> = ViewItems[V['view']];

export interface Transport {
  /** Rejects with a {@link Failure}. */
  rpc<N extends keyof Commands>(name: N, request: Commands[N]['request']): Promise<Commands[N]['response']>;
  /** Updates come in batches, so that a store redraws once per batch. Answers what ends the subscription. */
  subscribe<V extends View>(
    view: V,
    onUpdates: (updates: Update<ItemOf<V>>[]) => void,
    onFailure: (failure: Failure) => void,
  ): () => void;
  /** Where the bytes of a file that is here can be read; nothing else in the window may follow it. */
  fileUrl(account: string, id: string): string;
  /** Looks at pictures of a call, as soon as they come. */
  look(call: string, of: PictureOf, plain: boolean, onPicture: (picture: Picture) => void): Looking;
}

/** A picture of a call: encoded (`key`: it needs none before it), or four bytes a pixel. */
export interface Picture {
  kind: 'delta' | 'key' | 'plain';
  width: number;
  height: number;
  /** Microseconds. */
  timestamp: number;
  data: Uint8Array<ArrayBuffer>;
}

/** Pictures that are looked at. */
export interface Looking {
  /** One was shown, or left out: another may come. */
  seen(): void;
  /** What is shown cannot go on without a key frame. */
  askKey(): void;
  end(): void;
}

/** Anything thrown at the border, as a Failure the interface has words for. */
export function asFailure(thrown: unknown): Failure {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown)
    return thrown as Failure;
  return {
    code: 'internal',
    condition: null,
    retry: null,
    message: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
    host: null,
    certificate: null,
  };
}
