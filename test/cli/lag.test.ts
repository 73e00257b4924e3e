import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lagText } from '../../src/cli/connector-lags.js';
import { Output } from '../../src/cli/output.js';
import { beyondLimits, lagReport, sourceLag, type ConnectorLag } from '../../src/cli/lag.js';

const unknown = { records: null, bytes: null, seconds: null };

describe('the lag of a source', () => {
  test('is 0 once it has finished and nothing says otherwise', () => {
    assert.deepEqual(sourceLag(unknown, true), { records: 0, bytes: 0, seconds: 0 });
    assert.deepEqual(sourceLag(unknown, false), unknown);
  });

  test('no bytes left are no records left', () => {
    assert.deepEqual(sourceLag({ records: null, bytes: 0, seconds: null }, false), {
      records: 0,
      bytes: 0,
      seconds: 0,
    });
  });

  test('what came after it finished counts', () => {
    const more = { records: null, bytes: 500, seconds: null };
    assert.deepEqual(sourceLag(more, true), more);
  });
});

function of(connector: string, records: number | null, seconds: number | null): ConnectorLag {
  return {
    connector,
    kind: 'sink',
    lag: { records, bytes: null, seconds },
    rate: { now: null, m1: null, m10: null },
    last_record_at: null,
    missed: null,
    reason: null,
    group: null,
  };
}

describe('limits', () => {
  test('hold up to and with the number', () => {
    const report = lagReport([of('a', 10, 5), of('b', 0, 0)]);
    assert.deepEqual(beyondLimits(report, { maxRecords: 10, maxSeconds: 5 }), []);
    assert.deepEqual(beyondLimits(report, {}), []);
  });

  test('name the connector that is beyond', () => {
    const report = lagReport([of('a', 11, 5), of('b', 3, 9)]);
    const beyond = beyondLimits(report, { maxRecords: 10, maxSeconds: 5 });
    assert.equal(beyond.length, 2);
    assert.match(beyond[0] ?? '', /^a is 11 records behind/);
    assert.match(beyond[1] ?? '', /^b is 9 seconds behind/);
  });

  test('speak of one record as one', () => {
    assert.deepEqual(beyondLimits(lagReport([of('a', 1, 0)]), { maxRecords: 0 }), [
      'a is 1 record behind (--max 0)',
    ]);
  });

  test('do not hold for what is unknown', () => {
    const report = lagReport([of('a', null, null), of('b', 1, 1)]);
    assert.equal(report.total.records, null);
    assert.deepEqual(beyondLimits(report, { maxRecords: 10 }), [
      'the lag of a in records is unknown (--max 10)',
    ]);
  });
});

test('where parts are asked for, those without any are told where theirs are', async (t) => {
  const out = await Output.open(false);
  t.after(() => {
    out.close();
  });
  const report = lagReport([of('archive', 10, 5), of('copy', 0, 0)]);
  assert.match(
    lagText(report, out, '/data', 'queue'),
    /^--by queue shows parts of mirrors and, with --group, of groups, not of archive, copy: offsets show/m,
  );
  assert.doesNotMatch(lagText(report, out, '/data'), /--by/);
});
