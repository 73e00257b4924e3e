/** Rows of CSV. */
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { stringify } from 'csv-stringify/sync';
import { Reading } from './reading.test.helper.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const csv = { path: 'in.csv', records: 'csv' };

it('rows become objects: quotes, newlines within them, columns by the header', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, 'in.csv'), '\ufeffid,name\r\n1,"a, ""b""\nc"\r\n\r\n2,é\r\n3,last');
  const reading = await Reading.open(t, dir, csv, { once: true });
  assert.deepEqual(await reading.toEnd(), [
    'in.csv: {"id":"1","name":"a, \\"b\\"\\nc"}',
    'in.csv: {"id":"2","name":"é"}',
    'in.csv: {"id":"3","name":"last"}',
  ]);
});

it('fields get the types of their columns; what a number cannot hold stays text', async (t) => {
  const dir = await temporaryFolder(t);
  const types = { i: 'integer', n: 'number', b: 'boolean', j: 'json' };
  await writeFile(join(dir, 'in.csv'), 'i;n;b;j;s\n9007199254740993;1e3;yes;"{""a"":1}";1\n-7;;;;\n');
  const reading = await Reading.open(t, dir, { ...csv, csv: { types, delimiter: ';' } }, { once: true });
  assert.deepEqual(await reading.toEnd(), [
    'in.csv: {"i":"9007199254740993","n":1000,"b":true,"j":{"a":1},"s":"1"}',
    'in.csv: {"i":-7,"n":null,"b":null,"j":null,"s":""}',
  ]);
});

it('a row that cannot be read is a record with an error, and costs no other', async (t) => {
  const dir = await temporaryFolder(t);
  const config = { ...csv, csv: { types: { n: 'integer' } } };
  await writeFile(join(dir, 'in.csv'), 'n,s\n1,a\n2\nx,b\n3,c\n4,"open\n5,d\n');
  const reading = await Reading.open(t, dir, config, { once: true });
  await reading.toEnd();
  assert.deepEqual(
    reading.errors.map((text) => text.replace(dir, '')),
    [
      '/in.csv: the row of line 3: it has 1 fields, where there are 2 columns',
      '/in.csv: the row of line 4: n is no integer: x',
      '/in.csv: the row of line 7: a quote is opened and not closed',
    ],
  );
  assert.deepEqual(
    reading.lines.filter((line) => line.includes('{')),
    ['in.csv: {"n":1,"s":"a"}', 'in.csv: {"n":3,"s":"c"}'],
  );
});

it('a row that is being written waits for its end', async (t) => {
  const dir = await temporaryFolder(t);
  const path = join(dir, 'in.csv');
  await writeFile(path, 'a\n1\n"2');
  const reading = await Reading.open(t, dir, { ...csv, poll_ms: 20 });
  assert.deepEqual(await reading.until(1), ['in.csv: {"a":"1"}']);
  await appendFile(path, '\n3"\n');
  assert.deepEqual((await reading.until(2)).slice(1), ['in.csv: {"a":"2\\n3"}']);
});

it('whatever is in the fields, and wherever reading ends and goes on: every row once (any)', async (t) => {
  const dir = await temporaryFolder(t);
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é') });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 30 }),
      fc.nat(29),
      fc.boolean(),
      async (rows, stop, gzip) => {
        // A row of one empty line is none.
        const kept = rows.map(([a, b]) => ({ a, b: `${b}.` }));
        const text = stringify(kept, { header: true, columns: ['a', 'b'] });
        const name = gzip ? 'any.csv.gz' : 'any.csv';
        await writeFile(join(dir, name), gzip ? gzipSync(text) : text);
        const config = { path: name, records: 'csv' };
        const whole = await Reading.open(t, dir, config, { once: true });
        const expected = kept.map((row) => `${name}: ${JSON.stringify(row)}`);
        assert.deepEqual(await whole.toEnd(), expected);
        const position = whole.all[Math.min(stop, kept.length - 1)]?.position ?? null;
        const rest = await Reading.open(t, dir, config, {
          once: true,
          positions: new Map([[name, position]]),
        });
        assert.deepEqual(await rest.toEnd(), expected.slice(Math.min(stop, kept.length - 1) + 1));
        await Promise.all([whole.close(), rest.close()]);
      },
    ),
    { numRuns: 60 },
  );
});
