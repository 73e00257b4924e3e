import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { float32Of, membersOf } from './columns.js';
import { isBehind } from './position.js';
import { Reader } from './reader.js';
import { changesTables, truncatedTable, writtenTable } from './statements.js';
import { readDate, readDateTime, readTime, readTimestamp, yearOf } from './times.js';

const bytes = (hex: string): Reader => new Reader(Buffer.from(hex, 'hex'));

describe('times', () => {
  it('of the binlog', () => {
    assert.equal(readDate(bytes('3fd40f')), '2026-01-31');
    assert.equal(readDate(bytes('000000')), '0000-00-00');
    assert.equal(readTimestamp(bytes('00000000'), 0), '0000-00-00T00:00:00Z');
    assert.equal(readTimestamp(bytes('0000000132'), 2), '1970-01-01T00:00:01.50Z');
    assert.equal(readDateTime(bytes('8000000000'), 0), '0000-00-00T00:00:00');
    assert.equal(readTime(bytes('800000'), 0), '00:00:00');
    assert.equal(readTime(bytes('7fffff'), 0), '-00:00:01');
    assert.equal(readTime(bytes('7ffffffff6'), 3), '-00:00:00.001');
    assert.equal(yearOf(0), 0);
    assert.equal(yearOf(99), 1999);
  });
});

describe('numbers', () => {
  it('of 32 bits are the shortest that are the same', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // JSON has no -0.
        assert.equal(Math.fround(float32Of(value)) + 0, value + 0);
      }),
    );
    assert.equal(float32Of(Math.fround(1.1)), 1.1);
  });

  it('that are packed', () => {
    assert.equal(bytes('fa').packed(), 250);
    assert.equal(bytes('fcfb00').packed(), 251);
    assert.equal(bytes('fd000001').packed(), 65_536);
  });
});

it('members of an enum may have commas and quotes', () => {
  assert.deepEqual(membersOf(`enum('a,b','it''s','')`), ['a,b', "it's", '']);
});

it('statements that change tables, and those that empty them', () => {
  assert.ok(changesTables('/* by hand */ alter table t add c int'));
  assert.ok(!changesTables('INSERT INTO t VALUES (1)'));
  assert.deepEqual(truncatedTable('TRUNCATE TABLE t', 'shop'), { database: 'shop', name: 't' });
  assert.deepEqual(truncatedTable('truncate `a``b`.`t x` /* now */', 'shop'), {
    database: 'a`b',
    name: 't x',
  });
  assert.equal(truncatedTable('DROP TABLE t', 'shop'), null);
});

it('statements that change rows', () => {
  const t = { database: 'shop', name: 't' };
  for (const sql of [
    'INSERT INTO t VALUES (1)',
    '/* app */ insert ignore `t` (id) values (1)',
    'REPLACE t VALUES (1)',
    'UPDATE LOW_PRIORITY shop.t SET a = 1',
    'DELETE QUICK FROM t WHERE id = 1',
    `LOAD DATA LOCAL INFILE '/tmp/x' INTO TABLE \`shop\`.\`t\` FIELDS TERMINATED BY ','`,
  ]) {
    assert.deepEqual(writtenTable(sql, 'shop'), t, sql);
  }
  for (const sql of ['ALTER TABLE t ADD c int', 'BEGIN', 'DROP TABLE t', 'TRUNCATE t'])
    assert.equal(writtenTable(sql, 'shop'), null, sql);
});

it('places in the binlog are in order', () => {
  assert.ok(isBehind({ file: 'binlog.000010', pos: 4 }, { file: 'binlog.000009', pos: 900 }));
  assert.ok(isBehind({ file: 'binlog.1000000', pos: 4 }, { file: 'binlog.999999', pos: 4 }));
  assert.ok(!isBehind({ file: 'binlog.000009', pos: 4 }, { file: 'binlog.000009', pos: 4 }));
});
