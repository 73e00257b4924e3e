import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowsJson } from './json.js';
import { number } from './types.js';

test('a number is the same in a row and in its key, however the server writes it', () => {
  const rows = new RowsJson([{ name: 'n', decode: number }], [0], [0]);
  for (const text of ['0', '-0', '7', '-12', '007', '1.50', '1e20', '1e-7', '-2.5e3', '0.1']) {
    const { json, key } = rows.row([Buffer.from(text)]);
    const wanted = JSON.stringify(Number(text));
    assert.equal(Buffer.from(json).toString(), `{"n":${wanted}}`, text);
    assert.deepEqual(JSON.parse(String(key)), JSON.parse(wanted), text);
    assert.ok(String(key).includes(wanted), `${String(key)} of ${text}`);
  }
});
