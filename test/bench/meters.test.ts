import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tenthFigures, transferFigures, type Moment } from '../../bench/meters/arrival.js';
import { LatencyMeter } from '../../bench/meters/latency.js';
import { bytesOf, cpuSecondsOf, ProcessMeter } from '../../bench/meters/process-meter.js';
import { Told } from '../../bench/far-end/told.js';

const moment = (at: number, count: number, cpuSeconds: number): Moment => ({
  at,
  count,
  cpuSeconds,
  brokerCpuSeconds: cpuSeconds / 2,
  peakBytes: 50e6,
  residentBytes: 1e6 * cpuSeconds,
});

test('rates are of what came after the first look that saw something', () => {
  const moments = [moment(1_000, 100, 1), moment(1_500, 600, 2), moment(3_000, 1_100, 5)];
  assert.deepEqual(transferFigures(moments, { recordBytes: 1_000, startedAt: 400, brokerIsApart: true }), {
    records_per_s: 500,
    mb_per_s: 0.5,
    cpu_s_per_million: 4_000,
    broker_cpu_s_per_million: 2_000,
    peak_mb: 50,
    first_record_ms: 600,
  });
});

test('nothing is said of a rate when everything came at once, nor of a broker that is not apart', () => {
  const figures = transferFigures([moment(1_000, 100, 1)], {
    recordBytes: 10,
    startedAt: 0,
    brokerIsApart: false,
  });
  assert.equal(figures.records_per_s, null);
  assert.equal(figures.mb_per_s, null);
  assert.equal(figures.cpu_s_per_million, null);
  assert.ok(!('broker_cpu_s_per_million' in figures));
});

test('the last tenth is compared with the first', () => {
  const moments = [moment(0, 0, 1), moment(1_000, 100, 2), moment(7_000, 900, 3), moment(9_000, 1_000, 4)];
  assert.deepEqual(tenthFigures(moments), {
    first_tenth_per_s: 100,
    last_tenth_per_s: 50,
    last_to_first: 0.5,
    first_tenth_mb: 2,
    last_tenth_mb: 4,
  });
});

test('latencies are counted behind the warm-up, however the lines are cut', () => {
  const meter = new LatencyMeter(1);
  meter.take('1000\n10', 1_500);
  meter.take('10\n1020\n', 1_030);
  assert.equal(meter.seen, 3);
  assert.deepEqual(meter.figures(), { p50_ms: 15, p99_ms: 19.9 });
  assert.throws(() => {
    meter.take('no number\n', 0);
  }, /not a time: no number/);
});

test('of what a program tells, the last whole line counts', async () => {
  const told = new Told();
  assert.equal(await told.count(), 0);
  told.take('{"records":5}\nsome log\n{"records":7}\n{"rec');
  assert.equal(await told.count(), 7);
  told.take('ords":12}\n');
  assert.equal(await told.count(), 12);
});

test('reads what Linux says of a process, whatever its name', () => {
  const stat = '42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 100 0 0';
  assert.equal(cpuSecondsOf(stat), 2);
  assert.equal(bytesOf('Name:\tnode\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n', 'VmHWM'), 2_097_152);
  assert.equal(bytesOf('Name:\tnode\n', 'VmRSS'), null);
});

test('measures this process', { skip: process.platform !== 'linux' && 'only Linux has /proc' }, () => {
  const { cpuSeconds, peakBytes, residentBytes } = new ProcessMeter(process.pid).look();
  assert.ok(cpuSeconds !== null && cpuSeconds >= 0);
  assert.ok(peakBytes !== null && residentBytes !== null && peakBytes >= residentBytes);
});
