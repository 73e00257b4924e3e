import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { decodeMessage, type LogMessage } from './pgoutput.js';

const decoded = (hex: string): LogMessage => decodeMessage(Buffer.from(hex, 'hex'));
const committedAt = Date.UTC(2026, 10, 28, 15, 18, 50);

/** What PostgreSQL 15 wrote of `t (id int PRIMARY KEY, body text, n numeric(6,2))`. */
it('reads what PostgreSQL writes', () => {
  const begin = decoded('420000000001948cb0000304567664a61a000002d6');
  assert.ok(begin.kind === 'begin' && Math.abs(begin.committedAt - committedAt) < 60_000);
  assert.deepEqual(
    { ...begin, committedAt: 0 },
    { kind: 'begin', commitLsn: 0x1948cb0n, committedAt: 0, txId: 726 },
  );
  assert.deepEqual(
    decoded(
      '52000040017075626c69630074006400030169640000000017ffffffff00626f64790000000019ffffffff006e00000006a400060006',
    ),
    {
      kind: 'relation',
      relation: {
        id: 16385,
        schema: 'public',
        table: 't',
        columns: [
          { isIdentity: true, name: 'id', type: 23, modifier: -1 },
          { isIdentity: false, name: 'body', type: 25, modifier: -1 },
          { isIdentity: false, name: 'n', type: 1700, modifier: 393_222 },
        ],
      },
    },
  );
  assert.deepEqual(decoded('49000040014e00037400000001327400000002c3bc6e'), {
    kind: 'insert',
    relation: 16385,
    after: ['2', 'ü', null],
  });
  assert.deepEqual(decoded('55000040014e0003740000000131757400000004322e3030'), {
    kind: 'update',
    relation: 16385,
    before: null,
    after: ['1', undefined, '2.00'],
  });
  assert.deepEqual(decoded('55000040014b00037400000001326e6e4e00037400000001337400000002c3bc6e'), {
    kind: 'update',
    relation: 16385,
    before: { isKey: true, values: ['2', null, null] },
    after: ['3', 'ü', null],
  });
  assert.deepEqual(decoded('44000040014b00037400000001336e6e'), {
    kind: 'delete',
    relation: 16385,
    before: { isKey: true, values: ['3', null, null] },
  });
  assert.deepEqual(decoded('54000000010000004001'), { kind: 'truncate', relations: [16385] });
  assert.deepEqual(decoded('43000000000001948cb00000000001948ce0000304567664a61a'), {
    kind: 'commit',
    commitLsn: 0x1948cb0n,
    endLsn: 0x1948ce0n,
  });
  assert.deepEqual(decoded('4f00'), { kind: 'other' });
});

it('never takes torn bytes for a whole row', () => {
  const row = Buffer.from('49000040014e00037400000001327400000002c3bc6e', 'hex');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: row.length - 1 }), (length) => {
      assert.throws(() => decodeMessage(row.subarray(0, length)));
    }),
  );
});
