import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { families } from '../../src/metrics/families.js';
import { observe } from '../../src/metrics/observe.js';
import type { Observed } from '../../src/metrics/observed.js';
import { Metrics } from '../../src/metrics/registry.js';
import { ConnectorError } from '../../src/sdk/index.js';
import type { Worker } from '../../src/worker/worker.js';
import { projectRoot } from '../rig/project.js';
import { Bench, until, values } from '../worker/bench.js';
import { parseExposition, type ExposedFamily } from './exposition.js';
import { alerts, dashboardQueries, namesIn } from './queries.js';
import { withTable } from './table.js';

const lag = { records: 7, bytes: null, seconds: 1.5 };

function observing(bench: Bench, worker: Worker): () => Observed {
  const startedAt = new Date();
  return () =>
    observe({ version: '1.2.3', startedAt, worker, lagOf: () => lag, clusters: () => [bench.cluster] });
}

type Exposed = ReadonlyMap<string, ExposedFamily>;

function total(exposed: Exposed, name: string, connector: string): number {
  const series = exposed.get(name)?.series.filter(({ labels }) => labels.connector === connector) ?? [];
  return series.filter(({ name: full }) => full === name).reduce((sum, { value }) => sum + value, 0);
}

test('the exposition holds what the worker has counted, and a scraper can read it', async (t) => {
  const bench = await Bench.open(t);
  for (const name of ['a', 'b', 'c']) bench.source.add(name, values(name, 95));
  const bad = new ConnectorError('bad_data', 'no fives here');
  bench.sink.refuse = (record) => (record.body.toString().endsWith('5') ? bad : null);
  const skipping = { ...bench.base.errors, tolerance: 'skip' as const };
  const worker = await bench.worker(
    [bench.sinkDefinition({ errors: skipping }), bench.sourceDefinition()],
    true,
  );
  const { failures } = await worker.done;
  assert.deepEqual(failures, []);
  const exposed = parseExposition(await new Metrics(observing(bench, worker)).text());
  for (const { name, type, help, labels } of families) {
    assert.equal(exposed.get(name)?.type, type, name);
    assert.equal(exposed.get(name)?.help, help, name);
    for (const series of exposed.get(name)?.series ?? []) {
      const shown = Object.keys(series.labels).filter((label) => label !== 'le');
      assert.deepEqual(shown.sort(), [...labels].sort(), name);
    }
  }
  const skipped = 3 * 9;
  for (const name of ['rmq_connect_connector_records_total', 'rmq_connect_task_records_total']) {
    assert.equal(total(exposed, name, 'in'), 285, name);
    assert.equal(total(exposed, name, 'out'), 285 - skipped, name);
  }
  assert.equal(total(exposed, 'rmq_connect_task_read_records_total', 'out'), 285);
  assert.equal(total(exposed, 'rmq_connect_connector_skipped_records_total', 'out'), skipped);
  const bytes = ['a', 'b', 'c'].flatMap((name) => values(name, 95)).join('').length;
  assert.equal(total(exposed, 'rmq_connect_task_bytes_total', 'in'), bytes);
  assert.ok(total(exposed, 'rmq_connect_task_errors_total', 'out') > 0);
  const of = (name: string, connector: string) =>
    exposed.get(name)?.series.filter(({ labels }) => labels.connector === connector) ?? [];
  assert.deepEqual(
    of('rmq_connect_connector_state', 'in').map(({ labels, value }) => [labels.state, value]),
    [['finished', 1]],
  );
  assert.equal(total(exposed, 'rmq_connect_connector_lag_records', 'in'), 7);
  assert.equal(total(exposed, 'rmq_connect_connector_lag_seconds', 'in'), 1.5);
  assert.deepEqual(of('rmq_connect_connector_lag_bytes', 'in'), [], 'what is not known has no line');
  const batches = of('rmq_connect_task_batch_records', 'in').filter(({ name }) => name.endsWith('_sum'));
  assert.equal(
    batches.reduce((sum, { value }) => sum + value, 0),
    285,
  );
  const sends = exposed
    .get('rmq_connect_client_requests_total')
    ?.series.find(({ labels }) => labels.request === 'SEND_BATCH_MESSAGE');
  assert.ok((sends?.value ?? 0) > 0);
  assert.ok((exposed.get('process_resident_memory_bytes')?.series[0]?.value ?? 0) > 1e6);
});

test('a failing task is told with its restarts, and its errors by their stage', async (t) => {
  const bench = await Bench.open(t);
  bench.source.add('a', values('a', 5));
  bench.source.failures.push(new ConnectorError('unreachable', 'the system is away'));
  const worker = await bench.worker([bench.sourceDefinition()], false);
  await until(() => worker.monitors[0]?.records === 5);
  const exposed = parseExposition(await new Metrics(observing(bench, worker)).text());
  await worker.stop();
  assert.equal(total(exposed, 'rmq_connect_task_restarts_total', 'in'), 1);
  const stages = exposed.get('rmq_connect_task_errors_total')?.series ?? [];
  assert.deepEqual(
    stages.map(({ labels, value }) => [labels.stage, value]),
    [['read', 1]],
  );
});

test('names and labels follow the conventions of Prometheus', () => {
  for (const { name, type, labels, help } of families) {
    assert.match(name, /^rmq_connect_[a-z][a-z_]*[a-z]$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(ms|milliseconds|minutes|kb)(_|$)/);
    assert.ok(help.endsWith('.') || help.includes('; '), `${name}: ${help}`);
    for (const label of labels) assert.match(label, /^[a-z]+$/);
  }
  assert.equal(new Set(families.map(({ name }) => name)).size, families.length);
});

test('the dashboard and the alerts ask for metrics and labels that there are', async (t) => {
  const bench = await Bench.open(t);
  const exposed = parseExposition(await new Metrics(observing(bench, await bench.worker([], true))).text());
  const queries = [...alerts(), ...dashboardQueries()];
  assert.ok(queries.length > 25, `only ${String(queries.length)} queries were found`);
  const byPrometheus = ['job', 'instance', 'le'];
  for (const [title, expression] of queries) {
    const { metrics, labels } = namesIn(expression);
    assert.ok(metrics.length > 0, `${title} asks for nothing: ${expression}`);
    for (const name of metrics) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      const known = exposed.get(name) ?? exposed.get(family);
      assert.ok(known !== undefined, `${title}: there is no ${name}`);
      if (name !== family && !exposed.has(name)) assert.equal(known.type, 'histogram', `${title}: ${name}`);
      const own = families.find((one) => one.name === family || one.name === name)?.labels ?? [];
      for (const label of labels) {
        assert.ok([...own, ...byPrometheus].includes(label), `${title}: ${name} has no label ${label}`);
      }
    }
  }
});

test('the table in docs/metrics.md is that of the code', () => {
  const document = readFileSync(join(projectRoot, 'docs/metrics.md'), 'utf8');
  assert.equal(document, withTable(document), 'node dist/test/metrics/write-table.js brings it up to date');
});
