import type { QueueOffset, SinkRecord, SinkTask } from '../../sdk/index.js';
import type { TaskMonitor } from '../monitor.js';
import { writtenRecord } from './describe.js';

/** A sink's task whose writes are counted and measured, and shown to whoever looks. */
export class MeasuredTask implements SinkTask {
  readonly #task: SinkTask;
  readonly #monitor: TaskMonitor;

  constructor(task: SinkTask, monitor: TaskMonitor) {
    this.#task = task;
    this.#monitor = monitor;
  }

  get readsJson(): boolean {
    return this.#task.readsJson === true;
  }

  async write(
    records: readonly SinkRecord[],
    signal: AbortSignal,
    upTo?: readonly QueueOffset[],
  ): Promise<void> {
    const { flow } = this.#monitor;
    await flow.put('write', records.length, () => this.#task.write(records, signal, upTo));
    const [first] = records;
    // By the broker's clock, which may be ahead of ours.
    if (first !== undefined) {
      flow.ageSeconds.add(Math.max(0, Date.now() - first.storedAt) / 1000, 1, performance.now());
    }
    if (flow.taps.isOpen) flow.taps.pass('after', records, (record) => writtenRecord(this.#monitor, record));
  }

  close(): Promise<void> {
    return this.#task.close();
  }
}
