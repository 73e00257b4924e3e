import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorView } from '../../../src/metrics/overview.js';
import { chosen, pressed, type Choice, type Wish } from '../../../src/cli/top/choice.js';
import { keysIn } from '../../../src/cli/top/keys.js';
import { topScreen, topText } from '../../../src/cli/top/view.js';
import { plainStyle } from '../../../src/cli/style.js';

const view = (connector: string, change: Partial<ConnectorView> = {}): ConnectorView => ({
  version: 1,
  connector,
  kind: 'sink',
  job: 'shop',
  plugin: 'file',
  topics: ['t'],
  between: null,
  route: null,
  wanted: 'running',
  state: 'running',
  tasks: [],
  records: 10,
  skipped: 0,
  dead_lettered: 0,
  retried: 0,
  errors: 0,
  error: null,
  rate: { now: 1, m1: 1, m10: 1 },
  last_record_at: null,
  unacknowledged: null,
  redelivered: null,
  group: null,
  pid: 1,
  updated_at: '2026-01-01T00:00:00.000Z',
  lag: { records: 0, bytes: null, seconds: null },
  ...change,
});

const connectors = [
  view('slow', { rate: { now: 2, m1: 2, m10: 2 }, lag: { records: 500, bytes: null, seconds: 3 } }),
  view('broken', {
    state: 'failed',
    errors: 4,
    error: { code: 'unreachable', message: 'redis\nis away' },
    rate: { now: null, m1: null, m10: null },
    lag: { records: null, bytes: null, seconds: null },
  }),
  view('idle', { wanted: 'paused', state: 'paused', rate: { now: 0, m1: 0, m10: 0 } }),
];
const start: Choice = { order: 'name', filter: '', typing: false, selected: null, tasks: false };

/** What is chosen, and wished for, after some keys. */
function after(...keys: string[]): { choice: Choice; wishes: Wish[]; quit: boolean } {
  let choice = start;
  let quit = false;
  const wishes: Wish[] = [];
  for (const key of keys.flatMap(keysIn)) {
    const next = pressed(key, choice, connectors);
    choice = next.choice;
    quit ||= next.quit;
    if (next.wish !== null) wishes.push(next.wish);
  }
  return { choice, wishes, quit };
}
const names = (choice: Choice): string[] => chosen(connectors, choice).map(({ connector }) => connector);

test('keys sort and filter', () => {
  assert.deepEqual(names(start), ['broken', 'idle', 'slow']);
  assert.equal(after('ss').choice.order, 'rate');
  assert.deepEqual(names(after('ss').choice), ['slow', 'idle', 'broken']);
  assert.deepEqual(names(after('sss').choice), ['slow', 'idle', 'broken'], 'what is not known comes last');
  assert.deepEqual(names(after('/fail').choice), ['broken']);
  assert.deepEqual(after('/fq\u007fail\r').choice, { ...start, filter: 'fail' });
  assert.deepEqual(after('/fail\r', '\u001b').choice, start);
  assert.equal(after('/q').quit, false, 'a filter may have any letter');
});

test('keys pause, resume and restart what is selected', () => {
  assert.deepEqual(after('p').wishes, [], 'nothing is selected');
  assert.deepEqual(after('\u001b[B', '\u001b[B', '\u001b[B', 'p').wishes, [
    { what: 'pause', connector: 'slow' },
  ]);
  assert.deepEqual(after('jjp').wishes, [{ what: 'resume', connector: 'idle' }]);
  assert.deepEqual(after('jr').wishes, [{ what: 'restart', connector: 'broken' }]);
  assert.deepEqual(after('jjj\u001b[A\u001b[Ar').wishes, [{ what: 'restart', connector: 'broken' }]);
  assert.equal(after('q').quit, true);
  assert.equal(after('/', '\u0003').quit, true);
});

const overview = { version: '1', started_at: new Date().toISOString(), clusters: ['here:9876'], connectors };

test('what is not known is a dash, and who is in trouble says why', () => {
  const text = topText(overview, start, plainStyle);
  assert.match(text, /1 of 3 connectors running · 1 failed/);
  assert.match(text, /^ +slow +sink file +running +2\.0\/s +2\.0\/s +500 +3 s +10 /m);
  assert.match(text, /^ +broken +sink file +failed +- +- +- +- /m);
  assert.match(text, /^broken: unreachable: redis is away$/m);
});

test('a screen is not higher than the terminal', () => {
  const many = { ...overview, connectors: Array.from({ length: 100 }, (_, n) => view(`c${String(n)}`)) };
  const lines = topScreen(many, start, '', 20, plainStyle);
  assert.ok(lines.length <= 20, String(lines.length));
  assert.match(lines.at(-1) ?? '', /q quit/);
});

test('where no rate is known, none is told for all', () => {
  const unknownRate = { now: null, m1: null, m10: null };
  const head = (...connectors: ConnectorView[]): string =>
    topScreen(
      { version: '0', started_at: new Date().toISOString(), clusters: [], connectors },
      start,
      '',
      20,
      plainStyle,
    )[0] ?? '';
  const idle = view('idle', { rate: unknownRate });
  assert.doesNotMatch(head(idle), /\d\/s/);
  assert.match(head(idle, view('busy')), /1\.0\/s/);
});
