import { once } from 'node:events';
import { z } from 'zod';
import { RecordsRefused } from '../../src/sdk/index.js';
import type {
  ConnectorError,
  JsonObject,
  SinkPlugin,
  SinkRecord,
  SourceBatch,
  SourcePlugin,
} from '../../src/sdk/index.js';

/** A system in memory that can be read from: lists of values by partition, which may grow. */
export class MemorySource {
  readonly partitions = new Map<string, string[]>();
  readonly committed: [string, unknown][] = [];
  /** Thrown by the next reads, one each; null lets one through. */
  readonly failures: (Error | null)[] = [];
  batch = 10;
  opened = 0;
  #changed: () => void = () => undefined;

  /** More to read; a partition that is new makes the connector plan anew. */
  add(partition: string, values: readonly string[]): void {
    const known = this.partitions.get(partition);
    if (known === undefined) this.partitions.set(partition, [...values]);
    else known.push(...values);
    this.#changed();
  }

  readonly plugin: SourcePlugin = {
    kind: 'source',
    spec: z.unknown(),
    delivery: () => ({ delivery: 'exactly_once' }),
    start: (_config, context) =>
      Promise.resolve({
        tasks: (max) => {
          const names = [...this.partitions.keys()];
          const count = Math.min(max, names.length);
          return Promise.resolve(
            Array.from({ length: count }, (_, task): JsonObject => ({
              names: names.filter((_name, index) => index % count === task),
            })),
          );
        },
        watch: async (changed, signal) => {
          this.#changed = changed;
          if (!signal.aborted) await once(signal, 'abort');
        },
        open: (task, _context, positions) => {
          this.opened += 1;
          const next = new Map(
            (task.names as string[]).map((name) => [name, Number(positions.get(name) ?? 0)]),
          );
          return Promise.resolve({
            read: async (signal) => {
              for (;;) {
                const batch = this.#next(next);
                if (batch !== null) return batch;
                if (context.once) return null;
                signal.throwIfAborted();
                await new Promise(setImmediate);
              }
            },
            committed: (partition, position) => {
              this.committed.push([partition, position]);
              return Promise.resolve();
            },
            close: () => Promise.resolve(),
          });
        },
        close: () => Promise.resolve(),
      }),
  };

  #next(next: Map<string, number>): SourceBatch | null {
    const failure = this.failures.shift();
    if (failure !== undefined && failure !== null) throw failure;
    for (const [partition, from] of next) {
      const values = this.partitions.get(partition)?.slice(from, from + this.batch) ?? [];
      if (values.length === 0) continue;
      next.set(partition, from + values.length);
      return {
        partition,
        records: values.map((value, index) => ({ value, key: partition, position: from + index + 1 })),
      };
    }
    return null;
  }
}

/** A system in memory that can be written to. */
export class MemorySink {
  readonly records: SinkRecord[] = [];
  /** Thrown by the next writes, one each; null lets one through. */
  readonly failures: (Error | null)[] = [];
  /** How many times it was started and not closed. */
  open = 0;
  /** Refuses single records. */
  refuse: (record: SinkRecord) => ConnectorError | null = () => null;
  /** Refuses a batch as a whole. */
  refuseBatch: (records: readonly SinkRecord[]) => ConnectorError | null = () => null;
  onWrite: (records: readonly SinkRecord[]) => void = () => undefined;
  /** Holds writes up before they do anything. */
  hold: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  readonly plugin: SinkPlugin = {
    kind: 'sink',
    spec: z.unknown(),
    start: () => {
      this.open += 1;
      return Promise.resolve({
        open: () =>
          Promise.resolve({
            write: (records, signal) => this.#write(records, signal),
            close: () => Promise.resolve(),
          }),
        close: () => {
          this.open -= 1;
          return Promise.resolve();
        },
      });
    },
  };

  /** The values written, by the key of their records. */
  byKey(): Map<string, string[]> {
    const values = new Map<string, string[]>();
    for (const record of this.records) {
      const key = record.key ?? '';
      values.set(key, [...(values.get(key) ?? []), record.body.toString()]);
    }
    return values;
  }

  async #write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    await this.hold(signal);
    await new Promise(setImmediate);
    const failure = this.failures.shift();
    if (failure !== undefined && failure !== null) throw failure;
    const refusal = this.refuseBatch(records);
    if (refusal !== null) throw refusal;
    const refused = records.flatMap((record, index) => {
      const error = this.refuse(record);
      return error === null ? [] : [{ index, error }];
    });
    const bad = new Set(refused.map(({ index }) => index));
    this.records.push(...records.filter((_record, index) => !bad.has(index)));
    this.onWrite(records);
    if (refused.length > 0) throw new RecordsRefused(refused);
  }
}
