/** The file sink as the worker runs it, and as a crash leaves it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JsonObject, QueueOffset, SinkConnector, SinkTask, Value } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { sink } from './sink.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

export const signal: AbortSignal = new AbortController().signal;

export class Bench {
  readonly dir: string;
  readonly warnings: string[] = [];
  readonly #context;
  readonly #t: TestContext;

  constructor(t: TestContext, dir: string) {
    this.#t = t;
    this.dir = dir;
    const log = {
      info: () => undefined,
      warn: (text: string) => this.warnings.push(text),
      error: () => undefined,
    };
    this.#context = { ...sinkContext(dir, 'exactly_once'), log };
  }

  static async open(t: TestContext): Promise<Bench> {
    return new Bench(t, await temporaryFolder(t));
  }

  /** One that is not closed before the test ends is left as a crash leaves it. */
  async start(config: JsonObject = { path: 'out' }, change: JsonObject = {}): Promise<Run> {
    const context = { ...this.#context, ...change };
    const connector = await sink.start(sink.spec.parse(config), context);
    const task = await connector.open({ ...context, task: 0 });
    this.#t.after(() => connector.close());
    return new Run(connector, task);
  }

  path(name = 'out'): string {
    return join(this.dir, name);
  }

  read(name = 'out'): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }
}

export class Run {
  readonly connector: SinkConnector;
  readonly task: SinkTask;
  #offset = 0;

  constructor(connector: SinkConnector, task: SinkTask) {
    this.connector = connector;
    this.task = task;
  }

  write(...values: string[]): Promise<void> {
    return this.writeAll(values.map((value) => ({ value, key: value })));
  }

  async writeAll(contents: readonly { readonly value: Value; readonly key?: string }[]): Promise<void> {
    this.#offset += contents.length;
    await this.task.write(
      contents.map((content) => sinkRecord(content)),
      signal,
      [at(this.#offset)],
    );
  }

  async offset(): Promise<number | undefined> {
    return (await this.connector.offsets?.read())?.[0]?.offset;
  }
}

export const at = (offset: number): QueueOffset => ({
  topic: 't',
  broker: 'b',
  queue: 0,
  offset,
  mark: null,
});
