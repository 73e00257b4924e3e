import type { MirrorDefinition } from '../job/definition.js';
import type { Cluster, Queue } from '../rocketmq/cluster.js';
import type { ConnectorStore } from '../store/index.js';
import { allInTurn } from '../worker/in-turn.js';
import type { Positions } from '../worker/positions.js';
import type { RunnerContext } from '../worker/runner.js';
import type { PassedMessage } from './passed-message.js';

/** Messages that follow each other in the source queue, stored in the target as one piece. */
export interface Copied {
  readonly source: Queue;
  readonly target: Queue;
  /** The offset of the first in the source queue; the others follow without a gap. */
  readonly first: number;
  readonly messages: readonly PassedMessage[];
  /** Likewise in the target; null: they are stored, but nobody was told where. */
  readonly targetFirst: number | null;
}

/** Goes along with a route, and hears of what is copied: synchronously, so it must be quick. */
export interface Companion {
  copied(copied: Copied): void;
  /** Messages from `from` to before `to` were gone before they were copied, and are left out. */
  gap?(source: Queue, from: number, to: number): void;
  close?(): Promise<void>;
}

export interface CompanionContext {
  readonly definition: MirrorDefinition;
  readonly from: Cluster;
  readonly to: Cluster;
  readonly store: ConnectorStore;
  /** To be read only. */
  readonly positions: Positions;
  readonly emit: RunnerContext['emit'];
}

export type OpenCompanion = (context: CompanionContext) => Companion;

/** Tells all of them. */
export class Companions implements Required<Companion> {
  readonly #all: readonly Companion[];

  private constructor(all: readonly Companion[]) {
    this.#all = all;
  }

  static async open(openers: readonly OpenCompanion[], context: CompanionContext): Promise<Companions> {
    const all: Companion[] = [];
    try {
      for (const open of openers) all.push(open(context));
    } catch (error) {
      await new Companions(all).close();
      throw error;
    }
    return new Companions(all);
  }

  copied(copied: Copied): void {
    for (const one of this.#all) one.copied(copied);
  }

  gap(source: Queue, from: number, to: number): void {
    for (const one of this.#all) one.gap?.(source, from, to);
  }

  close(): Promise<void> {
    return allInTurn(...[...this.#all].reverse().map((one) => () => one.close?.()));
  }
}
