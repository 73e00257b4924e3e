import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue, SinkRecord } from '../../../src/sdk/index.js';
import { readRecord, writtenRecord } from '../../../src/worker/flow/describe.js';
import { MeasuredTask } from '../../../src/worker/flow/measured-task.js';
import { Taps, type TappedRecord } from '../../../src/worker/flow/taps.js';
import { ConnectorMonitor } from '../../../src/worker/monitor.js';

const who = { connector: 'c', task: 0 };

function record(value: JsonValue, more: Partial<SinkRecord> = {}): SinkRecord {
  const place = { topic: 't', broker: 'b', queue: 0, offset: 7 };
  return { ...place, value, headers: {}, body: Buffer.alloc(0), storedAt: 0, bornAt: 0, ...more };
}

function nested(depth: number): JsonValue {
  let value: JsonValue = 'core';
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

test('a record that is nested too deeply to be written as JSON is shown cut, and its write holds', async () => {
  const connector = new ConnectorMonitor({ name: 'c', kind: 'sink', job: 'j' }, () => undefined);
  const heard: TappedRecord[] = [];
  connector.taps.open({ stage: 'after', perSecond: 10, heard: (one) => heard.push(one) });
  const deep = nested(200_000);
  assert.throws(() => JSON.stringify(deep), RangeError);
  const written: SinkRecord[] = [];
  const task = new MeasuredTask(
    {
      write: (records) => {
        written.push(...records);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
    connector.openTask(0),
  );
  await task.write([record(deep), record('next')], new AbortController().signal);
  assert.equal(written.length, 2);
  assert.deepEqual(
    heard.map(({ value, cut }) => [typeof value, cut ?? false]),
    [
      ['string', true],
      ['string', false],
    ],
  );
});

test('one that cannot be described, or not be taken, is left out; the others are shown', () => {
  const taps = new Taps();
  const heard: unknown[] = [];
  taps.open({
    stage: 'after',
    perSecond: 10,
    heard: ({ value }) => {
      if (value === 'refused') throw new Error('no');
      heard.push(value);
    },
  });
  taps.pass('after', ['a', 'refused', 'undescribed', 'b'], (value) => {
    if (value === 'undescribed') throw new RangeError('too deep');
    return writtenRecord(who, record(value));
  });
  assert.deepEqual(heard, ['a', 'b']);
});

test('for a listener without room nothing is described', () => {
  const taps = new Taps();
  let described = 0;
  const heard = (): void => assert.fail('it has no room');
  taps.open({ stage: 'after', perSecond: 10, hasRoom: () => false, heard });
  taps.pass('after', ['a', 'b'], (value) => {
    described += 1;
    return writtenRecord(who, record(value));
  });
  assert.equal(described, 0);
});

test('what is long is cut: value, key and headers', () => {
  const long = 'x'.repeat(100_000);
  const whole = writtenRecord(
    who,
    record({ a: [1, 'two', null, { b: true }] }, { key: 'k', headers: { h: 'v' } }),
  );
  assert.deepEqual(whole.value, { a: [1, 'two', null, { b: true }] });
  assert.ok(!('cut' in whole));
  const list = writtenRecord(who, record(Array.from({ length: 100_000 }, (_, index) => index)));
  assert.ok(String(list.value).startsWith('[0,1,2,3') && String(list.value).length <= 4_096);
  assert.equal(list.cut, true);
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`h${String(index)}`, long]));
  const wide = writtenRecord(who, record({ field: long }, { key: long, headers: many }));
  assert.ok(JSON.stringify(wide).length < 100_000, String(JSON.stringify(wide).length));
  assert.equal(wide.cut, true);
});

test('of a record that has its text, the value is not asked for where only the beginning is shown', () => {
  const json = Buffer.from(JSON.stringify(['x'.repeat(10_000)]));
  const read = {
    json,
    position: 0,
    get value(): JsonValue {
      return assert.fail('it is parsed');
    },
  };
  const { value, cut } = readRecord(who, 'p', read);
  assert.ok(String(value).startsWith('["xxx'));
  assert.equal(cut, true);
});

test('who listens hears once that the connector is gone, and nothing after', () => {
  const taps = new Taps();
  const told: string[] = [];
  const listen = (name: string): (() => void) =>
    taps.open({
      stage: 'after',
      perSecond: 10,
      heard: () => told.push(`${name} heard`),
      ended: () => told.push(`${name} ended`),
    });
  listen('one');
  const leave = listen('other');
  leave();
  taps.close();
  taps.close();
  taps.pass('after', [record('late')], (one) =>
    writtenRecord(
      new ConnectorMonitor({ name: 'c', kind: 'sink', job: 'j' }, () => undefined).openTask(0),
      one,
    ),
  );
  assert.deepEqual(told, ['one ended']);
  assert.equal(taps.isOpen, false);
});

test('what the worker notes on messages for itself is not shown', () => {
  const headers = { rc: 'a.1.0', 'rc.span': '[1,0,2,1]', rcx: 'theirs' };
  assert.deepEqual(writtenRecord(who, record('v', { headers })).headers, { rcx: 'theirs' });
});
