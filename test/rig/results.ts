/** Results of commands with `--json`, as far as tests look at them. */
export interface OffsetsShow {
  readonly connectors: readonly (SourceOffsets | SinkOffsets)[];
}

export interface SourceOffsets {
  readonly connector: string;
  readonly kind: 'source';
  readonly positions: readonly {
    readonly partition: string;
    readonly position: unknown;
    readonly updated_at: string;
  }[];
}

export interface SinkOffsets {
  readonly connector: string;
  readonly kind: 'sink';
  readonly group: string;
  readonly member: string | null;
  readonly queues: readonly QueueOffset[] | null;
  readonly reason: string | null;
  readonly unacknowledged: number | null;
}

export interface QueueOffset {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number | null;
  readonly min: number;
  readonly max: number;
  readonly lag: number | null;
  readonly member: string | null;
}

export interface TasksList {
  readonly tasks: readonly {
    readonly connector: string;
    readonly task: number;
    readonly kind: 'source' | 'sink';
    readonly wanted: string;
    readonly state: string;
    readonly records: number;
    readonly skipped: number;
    readonly dead_lettered: number;
    readonly errors: number;
    readonly error: { readonly code: string; readonly message: string } | null;
    readonly partitions: readonly string[];
  }[];
  readonly groups: readonly {
    readonly connector: string;
    readonly member: string;
    readonly members: readonly { readonly member: string; readonly queues: number }[];
    readonly awaited: number;
  }[];
}

export interface Lag {
  readonly connectors: readonly {
    readonly connector: string;
    readonly kind: 'source' | 'sink' | 'mirror';
    /** Records a second. */
    readonly rate: { readonly now: number | null; readonly m1: number | null; readonly m10: number | null };
    readonly lag: {
      readonly records: number | null;
      readonly bytes: number | null;
      readonly seconds: number | null;
    };
  }[];
  readonly total: { readonly records: number | null };
}

export function sinkQueues(shown: OffsetsShow): readonly QueueOffset[] {
  return shown.connectors.flatMap((connector) => (connector.kind === 'sink' ? (connector.queues ?? []) : []));
}
