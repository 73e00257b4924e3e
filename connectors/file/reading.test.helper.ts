import type { TestContext } from 'node:test';
import type { JsonObject, Position, SourceConnector, SourceRecord, SourceTask } from '../../src/sdk/index.js';
import { source } from './source.js';

/** A running source with one task, the lines it has read, and what it has logged. */
export class Reading {
  /** `partition: text`, in the order they came; bytes as latin1. */
  readonly lines: string[] = [];
  readonly positions = new Map<string, Position>();
  readonly all: SourceRecord[] = [];
  /** Of records that cannot be read. */
  readonly errors: string[] = [];
  readonly warnings: string[];
  readonly #connector: SourceConnector;
  readonly #task: SourceTask;

  private constructor(connector: SourceConnector, task: SourceTask, warnings: string[]) {
    this.#connector = connector;
    this.#task = task;
    this.warnings = warnings;
  }

  static async open(
    t: TestContext,
    baseDir: string,
    config: JsonObject,
    options: { once?: boolean; positions?: ReadonlyMap<string, Position> } = {},
  ): Promise<Reading> {
    const warnings: string[] = [];
    const log = {
      info: () => undefined,
      warn: (text: string) => warnings.push(text),
      error: () => undefined,
    };
    const context = { connector: 'test', baseDir, once: options.once ?? false, log };
    const connector = await source.start(source.spec.parse(config), context);
    const [task] = await connector.tasks(1);
    const stored = new Map(options.positions);
    const opened = await connector.open(
      task ?? { files: [] },
      { ...context, task: 0, anew: () => Promise.resolve() },
      stored,
    );
    const reading = new Reading(connector, opened, warnings);
    for (const [partition, position] of stored) reading.positions.set(partition, position);
    t.after(() => reading.close());
    return reading;
  }

  /** Reads until `count` lines have come in all. */
  async until(count: number): Promise<readonly string[]> {
    while (this.lines.length < count) {
      if (!(await this.#batch())) throw new Error(`ended after ${this.lines.length} of ${count} lines`);
    }
    return this.lines;
  }

  async toEnd(): Promise<readonly string[]> {
    while (await this.#batch());
    return this.lines;
  }

  /** Reads for a while in which nothing is to come. */
  async nothingFor(ms: number): Promise<boolean> {
    const before = this.lines.length;
    const signal = AbortSignal.timeout(ms);
    await this.#batch(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return this.lines.length === before;
  }

  /** As if all that was read, or up to the position, were stored. */
  async commit(partition?: string, position?: Position): Promise<void> {
    if (partition !== undefined && position !== undefined) {
      await this.#task.committed?.(partition, position);
      return;
    }
    for (const [its, last] of this.positions) await this.#task.committed?.(its, last);
  }

  async close(): Promise<void> {
    await this.#task.close();
    await this.#connector.close();
  }

  async #batch(signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<boolean> {
    const batch = await this.#task.read(signal);
    for (const record of batch?.records ?? []) {
      const { value, position, error } = record;
      this.all.push(record);
      if (error !== undefined) this.errors.push(error.message);
      const text = Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value);
      this.lines.push(`${batch?.partition ?? ''}: ${text}`);
      this.positions.set(batch?.partition ?? '', JSON.parse(JSON.stringify(position)) as Position);
    }
    return batch !== null;
  }
}
