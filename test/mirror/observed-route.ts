import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ConnectorLag } from '../../src/cli/lag.js';
import type { RouteLag } from '../../src/cli/mirrors/mirror-lag.js';
import { cliJson, runCli, startCli, type RunningCli } from '../rig/cli.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import type { Town } from './mirror-bench.js';

export type MirrorLag = ConnectorLag & RouteLag;

/** A route of a worker in a process of its own, and what is told of it from another. */
export class Observed {
  readonly #folder: string;
  readonly from: Town;

  private constructor(folder: string, from: Town) {
    this.#folder = folder;
    this.from = from;
  }

  static async open(t: TestContext, [east, west]: readonly [Town, Town], config = ''): Promise<Observed> {
    const folder = await temporaryFolder(t);
    await writeFile(
      join(folder, 'job.yaml'),
      `connectors:
  route:
    mirror: rocketmq
    stalled_after_ms: 60000
    config:
      from: { name: east, nameserver: "${east.nameserver}" }
      to: { name: west, nameserver: "${west.nameserver}" }
      topics: ["*"]
      sync: { topics_ms: 200 }
${config}`,
    );
    return new Observed(folder, east);
  }

  async start(t: TestContext): Promise<RunningCli> {
    const run = startCli(['run', 'job.yaml', '--data-dir', 'data'], { cwd: this.#folder });
    atEnd(t, () => run.kill());
    await run.printed(/started with \d task/);
    return run;
  }

  async lag(...options: readonly string[]): Promise<MirrorLag> {
    const { connectors } = await cliJson<{ connectors: MirrorLag[] }>(
      ['lag', '--data-dir', 'data', ...options],
      { cwd: this.#folder },
    );
    const [only] = connectors;
    assert.ok(only !== undefined);
    return only;
  }

  async lagCode(...options: readonly string[]): Promise<number | null> {
    return (await runCli(['lag', '--data-dir', 'data', ...options], { cwd: this.#folder })).code;
  }

  /** So many to each queue; returns when the first one of all was stored. */
  async load(topic: string, counts: readonly number[]): Promise<number> {
    await this.from.cluster.admin.createTopic({ topic, queues: counts.length });
    const times: number[] = [];
    for (const { queue, broker, max } of await this.from.queues(topic)) {
      const count = counts[queue] ?? 0;
      if (count === 0) continue;
      const body = Buffer.alloc(100, 'x');
      await this.from.send(
        { topic, broker, queue },
        Array.from({ length: count }, () => ({ body })),
      );
      times.push((await this.from.cluster.admin.storedAt({ topic, broker, queue }, max)) ?? NaN);
    }
    return Math.min(...times);
  }
}
