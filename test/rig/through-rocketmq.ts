/** A system's source, or its sink, in a job on the embedded broker with a file on the other side. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/sdk/index.js';
import { runCli, startCli, type RunningCli } from './cli.js';
import { ownedFolder, removeFolder } from './owned.js';
import { until } from './until.js';

export interface Through {
  readonly folder: string;
  /** Without end, until it is killed or told to stop. */
  start(): RunningCli;
  /** To the end of what is there; throws when it does not end well. */
  runOnce(): Promise<void>;
  /** Leaves behind what a worker does that is killed after it has sent all, and before it has written any position. */
  seemKilledEarly(): Promise<void>;
  /** What the file sink has written. */
  lines(): Promise<readonly string[]>;
  linesReach(count: number): Promise<void>;
}

/** The connector's settings beside `config`, as they stand in the job. */
export interface Side {
  readonly plugin: string;
  readonly config: JsonObject;
  readonly settings?: JsonObject;
}

export async function sourceToFile(
  t: TestContext,
  { plugin, config, settings = {} }: Side,
): Promise<Through> {
  return through(t, {
    in: { source: plugin, topic: 'through', format: 'bytes', ...settings, config },
    out: { sink: 'file', topics: ['through'], format: 'bytes', config: { path: './out.txt' } },
  });
}

/** The file is `in.txt`, one record a line. */
export async function fileToSink(
  t: TestContext,
  lines: readonly string[],
  { plugin, config, settings = {} }: Side,
): Promise<Through> {
  const job = await through(t, {
    in: { source: 'file', topic: 'through', config: { path: './in.txt' } },
    out: { sink: plugin, topics: ['through'], ...settings, config },
  });
  await writeFile(join(job.folder, 'in.txt'), lines.map((line) => `${line}\n`).join(''));
  return job;
}

async function through(t: TestContext, connectors: JsonObject): Promise<Through> {
  const folder = await ownedFolder('through');
  const job = join(folder, 'job.yaml');
  // JSON is YAML.
  await writeFile(job, JSON.stringify({ name: 'through', connectors }));
  const running = new Set<RunningCli>();
  t.after(async () => {
    for (const cli of running) await cli.kill();
    await removeFolder(folder);
  });
  const lines = async (): Promise<readonly string[]> => {
    const text = await readFile(join(folder, 'out.txt'), 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  };
  return {
    folder,
    start: () => {
      const cli = startCli(['run', job], { cwd: folder });
      running.add(cli);
      return cli;
    },
    runOnce: async () => {
      const { code, stdout, stderr } = await runCli(['run', job, '--once'], { cwd: folder });
      if (code !== 0) throw new Error(`run --once ended with ${String(code)}\n${stdout}${stderr}`);
    },
    seemKilledEarly: async () => {
      const path = join(folder, '.rmq-connect/connectors/in/positions.json');
      const left = JSON.parse(await readFile(path, 'utf8')) as { readonly tails: readonly object[] };
      const tails = left.tails.map((tail) => ({ ...tail, offset: 0, first: null, last: null }));
      await writeFile(path, JSON.stringify({ ...left, clean: false, partitions: {}, tails }));
    },
    lines,
    linesReach: async (count) => {
      const reached = async (): Promise<true | undefined> =>
        (await lines()).length >= count ? true : undefined;
      await until(`${String(count)} lines`, reached, { deadlineMs: 90_000 });
    },
  };
}

export const numbered = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, n) => `record ${String(from + n)}`);

/** How many are missing of what was expected, and how often others came again. */
export function arrivalOf(
  expected: readonly string[],
  arrived: readonly string[],
): { missing: number; twice: number; inOrder: boolean } {
  const found = new Set(arrived);
  return {
    missing: expected.filter((line) => !found.has(line)).length,
    twice: arrived.length - found.size,
    // A set has its members in the order they first came.
    inOrder: [...found].every((line, index) => line === expected[index]),
  };
}
