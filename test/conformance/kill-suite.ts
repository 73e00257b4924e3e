/** File → topic → file, killed at counted points: every line of the input once in the output. Runs on any broker. */
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { startCli, type RunningCli } from '../rig/cli.js';
import { arrivalText, copyJob, type CopyJob } from '../rig/copy-job.js';
import { choosePoint, randomFrom, type KillCounts, type KillKind, type KillPoint } from '../rig/kill-plan.js';
import { compareLines, type Arrival } from '../rig/lines.js';
import { projectRoot } from '../rig/project.js';
import { atEnd } from '../temp-folder.js';

export interface KillRig {
  readonly nameserver: string;
  /** Of the broker that runs now. */
  brokerPid(): number;
  /** Resolves when that broker has ended. */
  brokerEnded(): Promise<unknown>;
  startBroker(): Promise<void>;
}

export interface KillRounds {
  /** Rounds in which the worker is killed up to four times. */
  readonly worker: number;
  /** Of those, this part has the embedded broker in the worker's own process: both are killed at once. */
  readonly inside: number;
  /** Rounds with `delivery: at_least_once`. */
  readonly atLeastOnce: number;
  /** Rounds in which the broker is killed. */
  readonly broker: number;
}

const preload = join(projectRoot, 'dist/test/rig/kill-point.js');
const lines = 6_000;
const exactly: Arrival = { expected: lines, missing: 0, duplicates: 0, disordered: 0, damaged: 0 };
const killsEach = 4;
let topics = 0;

interface Setting {
  readonly nameserver: string | undefined;
  readonly delivery: 'exactly_once' | 'at_least_once';
  /** One file for all records, one for each queue, or many one after the other. */
  readonly outputPath: (typeof outputPaths)[number];
  readonly shape: Shape;
}

const outputPaths = ['./out/{queue}.txt', './out/{queue}-{number}.txt', './out.txt'] as const;

/** How many there are of each; several tasks may send into one queue, and a task may have none. */
interface Shape {
  readonly files: number;
  readonly tasks: number;
  readonly queues: number;
  readonly order: 'partition' | 'none';
}

const usual: Shape = { files: 4, tasks: 2, queues: 4, order: 'partition' };
const shapes: readonly Shape[] = [
  usual,
  { files: 6, tasks: 4, queues: 1, order: 'partition' },
  { files: 5, tasks: 3, queues: 2, order: 'none' },
];
const shapeText = ({ files, tasks, queues, order }: Shape): string =>
  `${String(files)} files, ${String(tasks)} tasks, ${String(queues)} queues, order ${order}`;

async function openJob(
  t: TestContext,
  { nameserver, delivery, outputPath, shape: { files, tasks, queues, order } }: Setting,
): Promise<CopyJob> {
  const job = await copyJob({
    ...{ lines, files, tasks },
    topic: `killed-${String(process.pid)}-${String((topics += 1))}`,
    outputPath,
    settings: [`delivery: ${delivery}`, `topic_queues: ${String(queues)}`],
    sourceSettings: [`order: ${order}`],
    sinkSettings: ['commit_interval_ms: 20'],
    ...(nameserver === undefined ? {} : { nameserver }),
  });
  atEnd(t, () => job.remove());
  return job;
}

const start = (job: CopyJob, env: Readonly<Record<string, string>>): RunningCli =>
  startCli(job.runOnce, { cwd: job.folder, preload, env });

/** How often a run that nothing disturbs comes by each kind of point. */
async function countPoints(t: TestContext, setting: Setting): Promise<KillCounts> {
  const job = await openJob(t, setting);
  const file = join(job.folder, 'counts.json');
  const { code, stderr } = await start(job, { KILL_COUNTS: file }).ended;
  assert.equal(code, 0, stderr);
  assert.deepEqual(await arrival(job, setting), exactly);
  return JSON.parse(await readFile(file, 'utf8')) as KillCounts;
}

async function arrival(job: CopyJob, { shape }: Setting): Promise<Arrival> {
  const found = await compared(job);
  // Of what is spread no order is promised.
  return shape.order === 'none' ? { ...found, disordered: 0 } : found;
}

async function compared(job: CopyJob): Promise<Arrival> {
  if (!job.output.includes('{')) return job.arrival();
  const folder = join(job.folder, 'out');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
  const joined = join(job.folder, 'joined.txt');
  await writeFile(
    joined,
    Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name))))),
  );
  return compareLines(job.inputs, joined);
}

const shown = (points: readonly KillPoint[]): string =>
  points.map(({ kind, count, when }) => `${when} ${kind} ${String(count)}`).join(', ');

export function killSuite(name: string, rig: () => KillRig, rounds: KillRounds): void {
  describe(`killed at counted points, with ${name}`, () => {
    const counts = new Map<string, Promise<KillCounts>>();
    const killed = new Map<KillKind, number>();
    const countsOf = (t: TestContext, setting: Setting): Promise<KillCounts> => {
      const key = JSON.stringify(setting);
      const known = counts.get(key) ?? countPoints(t, setting);
      counts.set(key, known);
      return known;
    };

    const killWorker = async (t: TestContext, seed: number, setting: Setting): Promise<Arrival> => {
      const random = randomFrom(seed);
      const passed = await countsOf(t, setting);
      const job = await openJob(t, setting);
      const points: KillPoint[] = [];
      for (let kill = 0; kill < killsEach; kill += 1) {
        const point = choosePoint(random, passed);
        const ended = await start(job, { KILL_POINT: JSON.stringify(point) }).ended;
        if (ended.signal !== 'SIGKILL') {
          assert.equal(ended.code, 0, `after ${shown(points)}:\n${ended.stderr}`);
          break;
        }
        points.push(point);
        killed.set(point.kind, (killed.get(point.kind) ?? 0) + 1);
      }
      const last = await start(job, {}).ended;
      assert.equal(last.code, 0, `after ${shown(points)}:\n${last.stderr}`);
      t.diagnostic(`killed ${shown(points)}`);
      return arrival(job, setting);
    };

    for (let seed = 1; seed <= rounds.worker; seed += 1) {
      const inside = seed <= rounds.inside;
      const outputPath = outputPaths[seed % 3] ?? './out.txt';
      const where = inside ? ', the broker with it' : '';
      const shape = shapes[Math.floor(seed / 3) % shapes.length] ?? usual;
      test(`the worker${where}, ${shapeText(shape)}, into ${outputPath}, seed ${String(seed)}: every line once`, async (t) => {
        const nameserver = inside ? undefined : rig().nameserver;
        const its = await killWorker(t, seed, { nameserver, delivery: 'exactly_once', outputPath, shape });
        assert.deepEqual(its, exactly);
      });
    }

    for (let seed = 1; seed <= rounds.atLeastOnce; seed += 1) {
      test(`the worker, at_least_once, seed ${String(seed)}: nothing lost`, async (t) => {
        const { nameserver } = rig();
        const outputPath = './out.txt';
        const setting: Setting = { nameserver, delivery: 'at_least_once', outputPath, shape: usual };
        const its = await killWorker(t, seed, setting);
        t.diagnostic(arrivalText(its));
        assert.deepEqual({ missing: its.missing, damaged: its.damaged }, { missing: 0, damaged: 0 });
      });
    }

    for (let seed = 1; seed <= rounds.broker; seed += 1) {
      test(`the broker, seed ${String(seed)}: every line once`, async (t) => {
        const setting: Setting = {
          nameserver: rig().nameserver,
          delivery: 'exactly_once',
          outputPath: './out.txt',
          shape: shapes[seed % shapes.length] ?? usual,
        };
        const passed = await countsOf(t, setting);
        const job = await openJob(t, setting);
        const point = { ...choosePoint(randomFrom(seed), passed), pid: rig().brokerPid() };
        const brokerEnded = rig()
          .brokerEnded()
          .then(() => true);
        const worker = start(job, { KILL_POINT: JSON.stringify(point) });
        if (await Promise.race([brokerEnded, worker.ended.then(() => false)])) await rig().startBroker();
        const ended = await worker.ended;
        t.diagnostic(`killed ${shown([point])}`);
        assert.equal(ended.code, 0, `after ${shown([point])}:\n${ended.stderr}`);
        assert.deepEqual(await arrival(job, setting), exactly);
      });
    }

    test('the rounds came by points of every kind that a whole run has', async (t) => {
      const all = await Promise.all(counts.values());
      const kinds = new Set(all.flatMap((its) => Object.keys(its)));
      t.diagnostic(`kills: ${Array.from(killed, ([kind, count]) => `${kind} ${String(count)}`).join(', ')}`);
      if (rounds.worker < 20) return;
      assert.deepEqual(
        [...kinds].filter((kind) => !killed.has(kind as KillKind)),
        [],
      );
    });
  });
}
