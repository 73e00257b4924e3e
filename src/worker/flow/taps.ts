/** Before the transforms, as the record came; or after, as it leaves. */
export const tapStages = ['before', 'after'] as const;
export type TapStage = (typeof tapStages)[number];

/** A record as somebody looks at it while it passes. */
export interface TappedRecord {
  readonly at: string;
  readonly connector: string;
  readonly task: number;
  readonly stage: TapStage;
  /** Where it came from or goes to; null where that is not known yet. */
  readonly place: string | null;
  readonly key: string | null;
  readonly tag: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, JSON, or null; bytes that are no text as base64 in `base64`. */
  readonly value: unknown;
  readonly base64?: true;
  /** Of the value, the key or the headers only the beginning is here: they are long, or deep. */
  readonly cut?: true;
}

export interface Listener {
  readonly stage: TapStage;
  /** Records a second, at the most. */
  readonly perSecond: number;
  /** Whether it takes one now; else it misses some. Left out: always. */
  readonly hasRoom?: () => boolean;
  readonly heard: (record: TappedRecord) => void;
  /** Called where the connector is gone, or another one now: no record comes any more. */
  readonly ended?: () => void;
}

interface Listening extends Listener {
  second: number;
  heardInSecond: number;
}

/** Who looks at the records of a connector as they pass. While nobody does, it costs a comparison a batch. */
export class Taps {
  readonly #listening = new Set<Listening>();

  get isOpen(): boolean {
    return this.#listening.size > 0;
  }

  /** Until the returned function is called. */
  open(listener: Listener): () => void {
    const listening = { ...listener, second: 0, heardInSecond: 0 };
    this.#listening.add(listening);
    return () => {
      this.#listening.delete(listening);
    };
  }

  /** Nothing passes here any more. */
  close(): void {
    for (const { ended } of this.#listening) ended?.();
    this.#listening.clear();
  }

  /**
   * Shows some of them to those who listen: only these are described. Never throws: what becomes of the records does
   * not hang on whether they can be shown.
   */
  pass<Item>(stage: TapStage, items: readonly Item[], describe: (item: Item) => TappedRecord): void {
    const second = Math.floor(performance.now() / 1000);
    for (const listening of this.#listening) {
      if (listening.stage !== stage) continue;
      if (listening.second !== second) Object.assign(listening, { second, heardInSecond: 0 });
      const some = items.slice(0, listening.perSecond - listening.heardInSecond);
      listening.heardInSecond += some.length;
      for (const item of some) show(listening, item, describe);
    }
  }
}

function show<Item>(listener: Listener, item: Item, describe: (item: Item) => TappedRecord): void {
  try {
    if (listener.hasRoom?.() !== false) listener.heard(describe(item));
  } catch {
    // One sample less.
  }
}

export const noTaps = new Taps();
