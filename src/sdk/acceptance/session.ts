import { isDeepStrictEqual } from 'node:util';
import type {
  ConnectorContext,
  Position,
  SourceBatch,
  SourceConnector,
  SourcePlugin,
  SourceTask,
  Value,
} from '../index.js';
import type { SourceScene } from './driver.js';

/** Long enough for any connector on a busy machine; reached only when something hangs. */
export const hangMs = 20_000;

export const context = (baseDir: string, once: boolean): ConnectorContext => ({
  connector: 'acceptance',
  baseDir,
  once,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
});

/** A started source with its open tasks, as a worker would hold it. */
export class SourceSession {
  readonly connector: SourceConnector;
  readonly tasks: readonly SourceTask[];
  readonly compared: (value: Value) => Value;

  private constructor(
    connector: SourceConnector,
    tasks: readonly SourceTask[],
    compared: (value: Value) => Value = (value) => value,
  ) {
    this.connector = connector;
    this.tasks = tasks;
    this.compared = compared;
  }

  static async open(
    source: SourcePlugin,
    scene: Pick<SourceScene, 'config' | 'baseDir' | 'tasks' | 'compared'>,
    positions: ReadonlyMap<string, Position>,
    once: boolean,
  ): Promise<SourceSession> {
    const its = context(scene.baseDir, once);
    const connector = await source.start(source.spec.parse(scene.config), its);
    const tasks: SourceTask[] = [];
    try {
      const configs = await connector.tasks(scene.tasks ?? 1);
      for (const [task, config] of configs.entries()) {
        tasks.push(await connector.open(config, { ...its, task, anew: () => Promise.resolve() }, positions));
      }
      return new SourceSession(connector, tasks, scene.compared);
    } catch (error) {
      for (const task of tasks) await task.close();
      await connector.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const task of this.tasks) await task.close();
    await this.connector.close();
  }
}

/** Records in the order they were read, by partition. */
export class Readings {
  readonly values: Record<string, Value[]> = {};
  readonly positions: Record<string, Position[]> = {};
  /** Who has read each partition. */
  readonly tasks = new Map<string, SourceTask>();
  readonly #compared: (value: Value) => Value;

  constructor({ compared }: Pick<SourceSession, 'compared'>) {
    this.#compared = compared;
  }

  add({ partition, records }: SourceBatch, task: SourceTask): void {
    this.tasks.set(partition, task);
    for (const { value, position } of records) {
      (this.values[partition] ??= []).push(this.#compared(value));
      (this.positions[partition] ??= []).push(position);
    }
  }

  get count(): number {
    return Object.values(this.values).reduce((sum, values) => sum + values.length, 0);
  }
}

/** Reads all tasks until they say that nothing will ever come again. */
export async function readToEnd(session: SourceSession): Promise<Readings> {
  const readings = new Readings(session);
  for (const task of session.tasks) {
    for (;;) {
      const batch = await task.read(AbortSignal.timeout(hangMs));
      if (batch === null) break;
      readings.add(batch, task);
    }
  }
  return readings;
}

/** Reads one task after the other until `count` records have come; the task that has none is left alone. */
export async function readCount(session: SourceSession, count: number): Promise<Readings> {
  const readings = new Readings(session);
  const stop = new AbortController();
  const readTask = async (task: SourceTask): Promise<void> => {
    while (!stop.signal.aborted) {
      const batch = await task.read(stop.signal);
      if (batch === null) return;
      readings.add(batch, task);
      if (readings.count >= count) stop.abort();
    }
  };
  const hang = setTimeout(() => {
    stop.abort(new Error(`only ${readings.count} of ${count} records came`));
  }, hangMs);
  try {
    const ends = await Promise.allSettled(session.tasks.map(readTask));
    const failed = ends.find((end) => end.status === 'rejected' && end.reason !== stop.signal.reason);
    if (failed?.status === 'rejected') throw failed.reason;
    if (readings.count < count)
      throw stop.signal.reason ?? new Error(`only ${readings.count} of ${count} came`);
    return readings;
  } finally {
    clearTimeout(hang);
  }
}

/** Bytes and text compare as text where they are equal in bytes. */
export const plain = (values: Readonly<Record<string, readonly Value[]>>): Record<string, Value[]> =>
  Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.map(asText)]));

const asText = (value: Value): Value => (Buffer.isBuffer(value) ? value.toString('latin1') : latin(value));
const latin = (value: Value): Value =>
  typeof value === 'string' ? Buffer.from(value).toString('latin1') : value;

export const survivesJson = (position: Position): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(position)), position);
