import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../rig/until.js';
import type { Service } from './service.js';

const inParallel = 8;

/** What many connectors in one worker took: milliseconds of each answer, by what was asked. */
export type Times = ReadonlyMap<string, readonly number[]>;

/** Makes so many sources, pauses, resumes and deletes them; each answer and each state is checked. */
export async function liveOfMany(service: Service, count: number): Promise<Times> {
  const times = new Map<string, number[]>();
  const names = Array.from({ length: count }, (_, index) => `c-${String(index)}`);
  await mkdir(join(service.folder, 'in'), { recursive: true });
  for (const name of names) await writeFile(join(service.folder, 'in', name), `${name}\n`);
  const each = async (
    what: string,
    status: number,
    request: (name: string) => [string, string, unknown?],
  ) => {
    const left = [...names];
    const took: number[] = [];
    times.set(what, took);
    const one = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const startedAt = performance.now();
        const answer = await service.ask(...request(name));
        took.push(performance.now() - startedAt);
        assert.equal(answer.status, status, `${what} ${name}: ${JSON.stringify(answer.body)}`);
      }
    };
    await Promise.all(Array.from({ length: inParallel }, one));
  };
  const all = (state: string): Promise<true> =>
    until(
      `all are ${state}`,
      async () => {
        const { body } = await service.ask('GET', '/connectors?expand=status');
        const found = Object.values(body as Record<string, { status: { connector: { state: string } } }>);
        const there = found.filter(({ status }) => status.connector.state === state);
        return there.length === count ? true : undefined;
      },
      { deadlineMs: 240_000, everyMs: 500 },
    );
  await each('create', 201, (name) => [
    'POST',
    '/connectors',
    { name, config: { source: 'file', topic: 'many', config: { path: join('in', name) } } },
  ]);
  await all('RUNNING');
  await each('pause', 202, (name) => ['PUT', `/connectors/${name}/pause`]);
  await all('PAUSED');
  await each('resume', 202, (name) => ['PUT', `/connectors/${name}/resume`]);
  await all('RUNNING');
  await each('status', 200, (name) => ['GET', `/connectors/${name}/status`]);
  await each('delete', 204, (name) => ['DELETE', `/connectors/${name}`]);
  assert.deepEqual((await service.ask('GET', '/connectors')).body, []);
  return times;
}

export function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
