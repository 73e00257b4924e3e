/** `offsets show` and `offsets sync` of a mirror, while it runs and after. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Synced } from '../../src/cli/commands/offsets-sync.js';
import type { RouteOffsets } from '../../src/cli/mirrors/route-offsets.js';
import type { Consumer } from '../../src/rocketmq/cluster.js';
import { cliJson, runCli, startCli, type RunningCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { town, type Town } from './mirror-bench.js';

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly result?: Synced;
}

/** A route whose copies have other places than the originals: the target had messages before. */
class Route {
  readonly #folder: string;
  readonly east: Town;
  readonly west: Town;

  private constructor(folder: string, east: Town, west: Town) {
    this.#folder = folder;
    this.east = east;
    this.west = west;
  }

  static async open(t: TestContext, config = ''): Promise<Route> {
    const folder = await temporaryFolder(t);
    const [east, west] = [await town(t, 'east'), await town(t, 'west')];
    for (const { cluster } of [east, west]) await cluster.admin.createTopic({ topic: 'orders', queues: 2 });
    await writeFile(
      join(folder, 'job.yaml'),
      `connectors:
  route:
    mirror: rocketmq
    config:
      from: { name: east, nameserver: "${east.nameserver}" }
      to: { name: west, nameserver: "${west.nameserver}" }
      topics: [orders]
${config}
  sink: { sink: console, topic: orders }
`,
    );
    const route = new Route(folder, east, west);
    for (const queue of await west.queues('orders'))
      await west.send(
        queue,
        Array.from({ length: 5 + queue.queue }, () => ({ body: Buffer.from('before') })),
      );
    for (const queue of await east.queues('orders'))
      await east.send(
        queue,
        Array.from({ length: 30 }, (_, n) => ({ body: Buffer.from(String(n)) })),
      );
    return route;
  }

  async start(t: TestContext): Promise<RunningCli> {
    const run = startCli(['run', 'job.yaml', '--data-dir', 'data'], { cwd: this.#folder });
    atEnd(t, () => run.kill());
    await until('all is copied', async () => ((await this.west.count('orders')) === 71 ? true : undefined));
    return run;
  }

  async stand(group: string, offset: number): Promise<void> {
    const { admin } = this.east.cluster;
    await admin.createGroup(group);
    for (const queue of await this.east.queues('orders')) await admin.setOffset(group, queue, offset);
  }

  async show(): Promise<RouteOffsets> {
    const args = ['offsets', 'show', 'route', '--data-dir', 'data'];
    const { connectors } = await cliJson<{ connectors: RouteOffsets[] }>(args, { cwd: this.#folder });
    const [only] = connectors;
    assert.ok(only !== undefined);
    return only;
  }

  sync(...options: readonly string[]): Promise<Synced> {
    return cliJson<Synced>(this.#syncArgs('route', options), { cwd: this.#folder });
  }

  refused(mirror: string, ...options: readonly string[]): Promise<[number | null, Failure]> {
    return this.#failed(this.#syncArgs(mirror, options));
  }

  refusedExport(mirror: string): Promise<[number | null, Failure]> {
    return this.#failed(['offsets', 'export', mirror, '--data-dir', 'data']);
  }

  async #failed(args: readonly string[]): Promise<[number | null, Failure]> {
    const { code, stdout } = await runCli([...args, '--json'], { cwd: this.#folder });
    return [code, (JSON.parse(stdout) as { error: Failure }).error];
  }

  #syncArgs(mirror: string, options: readonly string[]): readonly string[] {
    return ['offsets', 'sync', mirror, '--data-dir', 'data', ...options];
  }

  /** By queue: what the group reads next in the target; null: it has no offset. */
  async next(group: string): Promise<readonly (string | null)[]> {
    const { admin } = this.west.cluster;
    const offsets = (await admin.groupOffsets(group, ['orders'])).filter(({ topic }) => topic === 'orders');
    return Promise.all(
      offsets.map(async ({ offset, ...queue }) =>
        offset === null ? null : ((await admin.peek(queue, offset, 1))[0]?.body.toString() ?? 'end'),
      ),
    );
  }
}

test('places on both sides, and a group’s place taken over once: while the mirror runs, and after', async (t) => {
  const route = await Route.open(t);
  const run = await route.start(t);
  await route.stand('billing', 12);
  const shown = await until('positions to be written', async () => {
    const offsets = await route.show();
    return offsets.queues?.every(({ source, lag }) => source.offset === 30 && lag === 0) === true
      ? offsets
      : undefined;
  });
  assert.deepEqual(
    shown.queues?.map(({ source, target }) => [source.topic, source.queue, target?.queue, target?.offset]),
    [
      ['orders', 0, 0, 35],
      ['orders', 1, 1, 36],
    ],
  );
  assert.deepEqual(shown.groups, []);

  const planned = await route.sync('--group', 'billing', '--dry-run');
  assert.deepEqual(
    planned.groups[0]?.queues.map(({ target_offset: offset, exact }) => [offset, exact]),
    [
      [17, true],
      [18, true],
    ],
  );
  assert.deepEqual(await route.next('billing'), [null, null], 'a dry run changes nothing');
  assert.equal(await route.west.cluster.admin.group('billing'), null);
  assert.deepEqual((await route.show()).groups, []);

  await route.sync('--group', 'billing');
  assert.deepEqual(await route.next('billing'), ['12', '12']);

  run.signal('SIGTERM');
  await run.ended;
  await route.stand('billing', 30);
  await route.stand('other', 3);
  const both = await route.sync('--group', 'billing', '--group', 'other');
  assert.deepEqual(
    both.groups.map(({ reason }) => reason),
    [null, null],
  );
  assert.deepEqual(await route.next('billing'), ['end', 'end']);
  assert.deepEqual(await route.next('other'), ['3', '3']);
  const { groups } = await route.show();
  assert.deepEqual(
    groups?.map(({ group, synced_at: at }) => [group, at !== null]),
    [
      ['billing', true],
      ['other', true],
    ],
  );
});

test('what cannot be synced is refused with the reason, and nothing is moved', async (t) => {
  const route = await Route.open(t);
  const run = await route.start(t);
  await route.stand('billing', 12);
  const [missing, nobody] = await route.refused('route', '--group', 'nobody');
  assert.deepEqual([missing, nobody.code], [1, 'not_synced']);
  assert.match(nobody.message, /there is no group nobody in east/);

  let member: Consumer | null = await route.west.cluster.consumer('billing', ['orders']);
  atEnd(t, async () => member?.close());
  await member.queues();
  const [online, taken] = await route.refused('route', '--group', 'billing');
  assert.equal(online, 1);
  assert.match(taken.message, /member online in west/);
  assert.deepEqual(await route.next('billing'), [null, null]);
  await member.close();
  member = null;
  await until('it to have left', async () => (await route.sync('--group', 'billing')).groups[0]);
  assert.deepEqual(await route.next('billing'), ['12', '12']);

  for (const [mirror, options, code] of [
    ['route', [], 'usage'],
    ['sink', ['--group', 'billing'], 'not_a_mirror'],
    ['nowhere', ['--group', 'billing'], 'unknown_connector'],
  ] as const) {
    const [exit, error] = await route.refused(mirror, ...options);
    assert.deepEqual([exit, error.code], [2, code]);
  }
  const [exported, unsupported] = await route.refusedExport('route');
  assert.deepEqual([exported, unsupported.code], [2, 'unsupported']);
  run.signal('SIGTERM');
  await run.ended;
});

test('the groups a running mirror syncs are kept beside those that were synced by hand', async (t) => {
  const route = await Route.open(
    t,
    `      groups: ['billing*']
      sync: { offsets_ms: 200 }`,
  );
  await route.stand('billing-1', 4);
  await route.stand('other', 9);
  await route.start(t);
  const at = async (group: string): Promise<string | null | undefined> =>
    (await route.show()).groups?.find((one) => one.group === group)?.synced_at;
  await until('the mirror to sync', async () => (await at('billing-1')) ?? undefined);
  await route.sync('--group', 'other');
  const first = await at('billing-1');
  await until('another round', async () => ((await at('billing-1')) === first ? undefined : true));
  assert.notEqual((await at('other')) ?? null, null);
  assert.deepEqual(await route.next('other'), ['9', '9']);
});
