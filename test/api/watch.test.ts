/** `run --watch`: job files that change while they run. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { serviceFolder } from './service.js';

test('only what changed is started anew; a file that does not hold changes nothing', async (t) => {
  const folder = await serviceFolder(t);
  const job = join(folder, 'job.yaml');
  const source = { source: 'file', topic: 't', config: { path: 'in.txt' } };
  const sink = { sink: 'file', topic: 't', config: { path: 'out.txt' } };
  const write = (connectors: object): Promise<void> =>
    writeFile(job, JSON.stringify({ connectors }, null, 2));
  const lines = async (name: string): Promise<number> =>
    existsSync(join(folder, name)) ? (await readFile(join(folder, name), 'utf8')).split('\n').length - 1 : 0;
  const has = (name: string, count: number): Promise<true> =>
    until(`${String(count)} lines in ${name}`, async () =>
      (await lines(name)) === count ? true : undefined,
    );
  await writeFile(join(folder, 'in.txt'), 'a\n');
  await write({ in: source, out: sink });
  const worker = startCli(['run', 'job.yaml', '--watch', '--data-dir', 'data'], { cwd: folder });
  t.after(() => worker.kill());
  await has('out.txt', 1);

  await writeFile(job, 'connectors:\n  in: { source: fil }\n');
  await worker.printed(/do not hold; all stays as it is:\njob\.yaml:2:/);
  await appendFile(join(folder, 'in.txt'), 'b\n');
  await has('out.txt', 2);

  await write({
    in: source,
    out: { ...sink, config: { path: 'new.txt' } },
    more: { ...sink, config: { path: 'more.txt' } },
  });
  await worker.printed(/the job files have changed: out, more/);
  await worker.printed(/ out: stopped after/);
  await appendFile(join(folder, 'in.txt'), 'c\n');
  await has('new.txt', 1);
  await has('more.txt', 3);
  await has('out.txt', 2);

  await write({ in: source, more: { ...sink, config: { path: 'more.txt' } } });
  await worker.printed(/the job files have changed: out \(gone\)/);
  await until('it has stopped again', () => {
    const stops = [...worker.output().matchAll(/ out: stopped after/g)].length;
    return stops === 2 ? true : undefined;
  });
  worker.signal('SIGTERM');
  const { code, stderr } = await worker.ended;
  assert.equal(code, 0, stderr);
  assert.equal([...stderr.matchAll(/ in: started with/g)].length, 1, stderr);
});
