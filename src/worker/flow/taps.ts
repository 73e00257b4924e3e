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
  /** Text, JSON, or null; bytes that are no text as base64 in `base64`. Cut where it is long. */
  readonly value: unknown;
  readonly base64?: true;
  readonly cut?: true;
}

export interface Listener {
  readonly stage: TapStage;
  /** Records a second, at the most. */
  readonly perSecond: number;
  readonly heard: (record: TappedRecord) => void;
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

  /** Shows some of them to those who listen: only these are described. */
  pass<Item>(stage: TapStage, items: readonly Item[], describe: (item: Item) => TappedRecord): void {
    const second = Math.floor(performance.now() / 1000);
    for (const listening of this.#listening) {
      if (listening.stage !== stage) continue;
      if (listening.second !== second) Object.assign(listening, { second, heardInSecond: 0 });
      const room = listening.perSecond - listening.heardInSecond;
      for (const item of items.slice(0, room)) listening.heard(describe(item));
      listening.heardInSecond += Math.min(room, items.length);
    }
  }
}

export const noTaps = new Taps();
