import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniqueKeyBytes, uniqueKeys } from '../../../../src/rocketmq/remoting/codec/unique-key.js';

test('makes keys that never repeat and carry process and time as Java reads them', () => {
  const write = uniqueKeys();
  const next = (): string => {
    const key = Buffer.alloc(uniqueKeyBytes);
    write(key, 0);
    return key.toString();
  };
  const keys = new Set(Array.from({ length: 50_000 }, next));
  assert.equal(keys.size, 50_000);
  const now = new Date();
  const monthStart = new Date(now.getFullYear(), now.getMonth(), 1).getTime();
  for (const key of keys) assert.match(key, /^[0-9A-F]{32}$/);
  const [first = ''] = keys;
  assert.equal(Number.parseInt(first.slice(8, 12), 16), process.pid & 0xffff);
  const made = monthStart + Number.parseInt(first.slice(20, 28), 16);
  assert.ok(Math.abs(made - now.getTime()) < 60_000);
});
