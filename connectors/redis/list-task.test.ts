import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ConnectorError, type ConnectorContext } from '../../src/sdk/index.js';
import type { Command, Reply } from './link.js';
import { processingKey, readList } from './list-task.js';

const context: ConnectorContext = {
  connector: 'lists',
  baseDir: '.',
  once: true,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
};

/** A Redis that knows what lists need, and whose answers can be lost on their way. */
class Lists {
  readonly where = 'redis://nowhere';
  readonly lists = new Map<string, Buffer[]>();
  /** So many answers come, then the connection breaks. */
  answers = Infinity;

  call(command: string, ...args: readonly (string | number | Buffer)[]): Promise<Reply> {
    const [from, to] = args.map(String);
    const list = this.#list(from);
    switch (command) {
      case 'LLEN':
        return Promise.resolve(list.length);
      case 'LRANGE':
        return Promise.resolve([...list]);
      default: {
        const value = list.shift();
        if (value !== undefined) this.#list(to).push(value);
        return Promise.resolve(value ?? null);
      }
    }
  }

  async pipeline(commands: readonly Command[]): Promise<readonly (readonly [Error | null, unknown])[]> {
    const replies: [Error | null, unknown][] = [];
    for (const [command, ...args] of commands) {
      const reply = await this.call(command, ...args);
      const isLost = replies.length >= this.answers;
      replies.push(isLost ? [new Error('Connection is closed.'), undefined] : [null, reply]);
    }
    this.answers = Infinity;
    return replies;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #list(key = ''): Buffer[] {
    const list = this.lists.get(key) ?? [];
    this.lists.set(key, list);
    return list;
  }
}

async function valuesRead(lists: Lists): Promise<readonly string[]> {
  const task = await readList(lists, ['in'], context);
  const values: string[] = [];
  for (;;) {
    const batch = await task.read(AbortSignal.timeout(5_000));
    if (batch === null) return values;
    values.push(...batch.records.map(({ value }) => (value as Buffer).toString()));
  }
}

for (const answers of [0, 3]) {
  it(`elements that were moved before the connection broke are not left lying (${String(answers)} answers)`, async () => {
    const lists = new Lists();
    const expected = Array.from({ length: 10 }, (_, n) => String(n));
    lists.lists.set(
      'in',
      expected.map((text) => Buffer.from(text)),
    );
    lists.answers = answers;
    await assert.rejects(
      valuesRead(lists),
      (error) => error instanceof ConnectorError && error.code === 'unreachable',
    );
    assert.deepEqual(await valuesRead(lists), expected);
    assert.equal(lists.lists.get(processingKey('in', 'lists'))?.length, 10);
  });
}
