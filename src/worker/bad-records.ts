import type { ConnectorDefinition } from '../job/definition.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { ConnectorError, type Log } from '../sdk/index.js';
import { TransformFailed } from '../stages/index.js';
import type { FailedRecord, FailureStage, Origin } from './dead-letter.js';
import type { DeadLetters } from './dead-letters.js';
import { failureOf } from './failure.js';
import type { TaskMonitor } from './monitor.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { RetryOptions } from './retry.js';

/** Lines a task may log of its bad records within `logWindowMs`. */
const logLines = 10;
const logWindowMs = 10_000;

/** Decides what becomes of the records of one task that cannot go on. */
export class BadRecords {
  readonly #definition: ConnectorDefinition;
  readonly #deadLetters: DeadLetters | null;
  readonly #monitor: TaskMonitor;
  readonly #log: Log;
  #window = { since: -Infinity, lines: 0, more: 0 };

  constructor(
    definition: ConnectorDefinition,
    deadLetters: DeadLetters | null,
    monitor: TaskMonitor,
    log: Log,
  ) {
    this.#definition = definition;
    this.#deadLetters = deadLetters;
    this.#monitor = monitor;
    this.#log = log;
  }

  /** Whether single records may be left out at all. */
  get tolerated(): boolean {
    return this.#definition.errors.tolerance !== 'none';
  }

  /**
   * Resolves when the records are left out, and their dead letters, where they are wanted, stored: then
   * their place may be passed. Throws, with the place of the first, where a record may not be left out.
   */
  async letGo(failed: readonly FailedRecord[], retry: RetryOptions): Promise<void> {
    for (const { stage } of failed) {
      // What was refused was counted when it was tried.
      if (stage === 'convert' || stage === 'transform') this.#monitor.flow.failed(stage);
    }
    const stopper = failed.find(({ error }) => !this.tolerated || !isRecordsFault(error));
    if (stopper !== undefined) throw located(stopper);
    if (failed.length === 0) return;
    await this.#deadLetters?.store(failed, this.#monitor.task, retry);
    this.#monitor.leftOut(this.#deadLetters === null ? 'skipped' : 'dead_lettered', failed.length);
    if (this.#definition.errors.log) for (const one of failed) this.#tell(one);
  }

  #tell({ origin, stage, error }: FailedRecord): void {
    const now = performance.now();
    if (now - this.#window.since >= logWindowMs) {
      const { more } = this.#window;
      this.#window = { since: now, lines: 0, more: 0 };
      if (more > 0) this.#warn(`${more} more records were left out and not logged one by one`, {});
    }
    if (this.#window.lines >= logLines) {
      this.#window.more += 1;
      return;
    }
    this.#window.lines += 1;
    const { code, message } = failureOf(error);
    const { deadLetterTopic } = this.#definition.errors;
    const what = this.#deadLetters === null ? 'skipped' : `put into ${deadLetterTopic}`;
    this.#warn(`${placeText(origin)} was ${what}: ${message}`, { stage, code });
  }

  #warn(message: string, fields: Readonly<Record<string, string>>): void {
    this.#log.warn(message, { connector: this.#definition.name, task: this.#monitor.task, ...fields });
  }
}

/** An error of `transformed` or `toMessage` with the stage it belongs to. */
export function conversionFailure(error: unknown): { readonly stage: FailureStage; readonly error: unknown } {
  return error instanceof TransformFailed
    ? { stage: 'transform', error: error.cause }
    : { stage: 'convert', error };
}

/** Where a system is away or the definition is wrong, the next record would fare no better. */
function isRecordsFault(error: unknown): boolean {
  return !(error instanceof ConnectorError && (error.code === 'unreachable' || error.code === 'config'));
}

/** The error, saying which record it is about. */
function located({ error, origin }: FailedRecord): unknown {
  const options = { cause: error };
  if (error instanceof RocketmqError) {
    return new RocketmqError(error.code, `${error.message} (${placeText(origin)})`, options);
  }
  if (!(error instanceof ConnectorError)) return error;
  const { code, message, hint, retryable } = error;
  return new ConnectorError(code, `${message} (${placeText(origin)})`, {
    ...options,
    retryable,
    ...(hint === undefined ? {} : { hint }),
  });
}

function placeText(origin: Origin): string {
  return origin.kind === 'sink'
    ? `${queueName(origin)}, offset ${String(origin.offset)}`
    : `${origin.partition}, the record before position ${JSON.stringify(origin.position)}`;
}
