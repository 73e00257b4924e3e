import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { print } from './print.js';
import { consoleSink } from './sink.js';

const context = sinkContext('.');

it('prints values as text', () => {
  const records = [sinkRecord({ value: 'a' }), sinkRecord({ value: null }), sinkRecord({ value: { b: 1 } })];
  assert.equal(print(records, 'text').toString(), 'a\n{"b":1}\n');
});

it('prints records as JSON lines, bytes that are no text as base64', () => {
  const records = [
    sinkRecord({ value: Buffer.from('é'), key: 'k', tag: 't', headers: { h: '1' }, offset: 7 }),
    sinkRecord({ value: Buffer.from([0xff]) }),
    sinkRecord({ value: null }),
  ];
  const lines = print(records, 'json')
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const place = { topic: 'acceptance', broker: 'broker-a', queue: 0 };
  const times = { born_at: 1_700_000_000_000, stored_at: 1_700_000_000_001 };
  const plain = { ...place, offset: 0, key: null, tag: null, headers: {}, ...times };
  assert.deepEqual(lines, [
    { ...plain, offset: 7, key: 'k', tag: 't', headers: { h: '1' }, value: 'é' },
    { ...plain, value_base64: '/w==' },
    { ...plain, value: null },
  ]);
});

it('waits for a slow reader, and stops waiting when told to', async () => {
  const screen = new PassThrough({ highWaterMark: 10 });
  const sink = consoleSink(screen);
  const connector = await sink.start(sink.spec.parse({}), context);
  const task = await connector.open({ ...context, task: 0 });
  const batch = [sinkRecord({ value: 'x'.repeat(100) })];
  const stop = new AbortController();
  const waiting = task.write(batch, stop.signal);
  stop.abort();
  await assert.rejects(waiting, (error) => error === stop.signal.reason);
  await connector.close();
});

it('fails when the program that reads stdout has gone', { timeout: 30_000 }, async () => {
  const plugin = fileURLToPath(new URL('./index.js', import.meta.url));
  const program = `
    const { default: { sink } } = await import(${JSON.stringify(plugin)});
    const connector = await sink.start(sink.spec.parse({}), {});
    const task = await connector.open({});
    const record = { value: 'x', body: Buffer.alloc(1000) };
    try {
      for (;;) await task.write([record], new AbortController().signal);
    } catch (error) {
      console.error(error.name, error.code, error.retryable, error.message);
    }
    await connector.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdout.once('data', () => child.stdout.destroy());
  await once(child, 'close');
  assert.match(said, /ConnectorError unavailable false stdout was closed/);
});
