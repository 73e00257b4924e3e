import { setTimeout as sleep } from 'node:timers/promises';
import {
  recordsMade,
  throwRefused,
  tlsOptions,
  type ConnectorError,
  type Refused,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../../src/sdk/index.js';
import { chainsOf, inParallel } from './chains.js';
import { inspectSink } from './inspect.js';
import { requestMaker, type RecordRequest } from './record-request.js';
import { refusalOf, Requester, retryAfterMs } from './request.js';
import { sinkSpec, type HttpSinkConfig } from './spec.js';

export const sink: SinkPlugin<HttpSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  inspect: inspectSink,
  start: async (config, { baseDir }) => {
    const tls = config.tls === undefined ? null : await tlsOptions(config.tls, baseDir);
    return {
      open: () => Promise.resolve(new Writer(config, tls)),
      close: () => Promise.resolve(),
    };
  },
};

class Writer implements SinkTask {
  readonly #config: HttpSinkConfig;
  readonly #requester: Requester;
  readonly #make: (record: SinkRecord) => RecordRequest;
  /** The other side has asked to be left alone until then. */
  #notBefore = 0;

  constructor(config: HttpSinkConfig, tls: ConstructorParameters<typeof Requester>[0]['tls']) {
    this.#config = config;
    this.#make = requestMaker(config);
    this.#requester = new Requester({ tls, timeoutMs: config.timeout_ms, connections: config.concurrency });
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { made, refused } = recordsMade(records, this.#make);
    const chains = chainsOf(made, this.#config.batch?.records ?? 1);
    await inParallel(chains, this.#config.concurrency, (chain) => this.#sendInOrder(chain, refused, signal));
    throwRefused(refused);
  }

  close(): Promise<void> {
    this.#requester.close();
    return Promise.resolve();
  }

  /** What follows a record that is refused for now waits for it. */
  async #sendInOrder(
    chain: readonly (readonly { readonly index: number; readonly made: RecordRequest }[])[],
    refused: Refused,
    signal: AbortSignal,
  ): Promise<void> {
    let waitsFor: ConnectorError | null = null;
    for (const batch of chain) {
      const error: ConnectorError | null =
        waitsFor ??
        (await this.#send(
          batch.map(({ made }) => made),
          signal,
        ));
      if (error === null) continue;
      for (const { index } of batch) refused.set(index, error);
      if (error.retryable) waitsFor = error;
    }
  }

  /** Resolves with why the records were not taken; throws where nothing can be sent. */
  async #send(batch: readonly RecordRequest[], signal: AbortSignal): Promise<ConnectorError | null> {
    const [first] = batch;
    if (first === undefined) return null;
    const wait = this.#notBefore - performance.now();
    if (wait > 0) await sleep(wait, undefined, { signal });
    const { url, headers } = first;
    const { method } = this.#config;
    const answer = await this.#requester.send({ method, url, headers, body: this.#bodyOf(batch) }, signal);
    if (answer.status >= 200 && answer.status < 300) return null;
    const error = refusalOf(answer, method, url);
    const asked = retryAfterMs(answer, Date.now());
    if (asked !== null) this.#notBefore = performance.now() + asked;
    // What is wrong with one of many is not known: the worker splits the batch until it is.
    if (error.code === 'bad_data' || error.retryable) return error;
    throw error;
  }

  #bodyOf(batch: readonly RecordRequest[]): Buffer {
    const [first] = batch;
    const { batch: asked } = this.#config;
    if (asked === undefined) return first?.body ?? Buffer.alloc(0);
    const bodies = batch.flatMap(({ body }) => [body, asked.as === 'lines' ? newline : comma]);
    return asked.as === 'lines'
      ? Buffer.concat(bodies)
      : Buffer.concat([Buffer.from('['), ...bodies.slice(0, -1), Buffer.from(']')]);
  }
}

const newline = Buffer.from('\n');
const comma = Buffer.from(',');
