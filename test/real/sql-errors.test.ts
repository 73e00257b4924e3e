/** Sinks of databases, through the program: one bad row costs itself only, and a database that was away loses nothing. */
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { LetterGroups } from '../../src/cli/commands/dlq-list.js';
import { cliJson, runCli, startCli } from '../rig/cli.js';
import { startMariadb, type RealMariadb } from '../rig/mariadb.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { startPostgres, type RealPostgres } from '../rig/postgres.js';
import { until } from '../rig/until.js';

const databases = {
  postgres: {
    start: startPostgres,
    narrow: /value too long/,
    twice: /duplicate key value.*t_pkey/,
    widen: 'ALTER TABLE t ALTER COLUMN name TYPE varchar(20)',
  },
  mysql: {
    start: startMariadb,
    narrow: /Data too long/,
    twice: /Duplicate entry/,
    widen: 'ALTER TABLE t MODIFY name varchar(20)',
  },
} as const;

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => from + index)
    .map((id) => {
      // One is too long for its column, one has the id of another.
      if (id === 700) return '{"id":700,"name":"much too long"}\n';
      return id === 1_400 ? '{"id":3,"name":"twice"}\n' : `{"id":${String(id)},"name":"ok"}\n`;
    })
    .join('');

async function jobIn(
  t: TestContext,
  sink: keyof typeof databases,
  url: string,
  more: object,
): Promise<string> {
  const folder = await ownedFolder('sql-errors');
  t.after(() => removeFolder(folder));
  await writeFile(join(folder, 'in.jsonl'), lines(0, 2_000));
  const job = {
    name: 'job',
    connectors: {
      read: { source: 'file', topic: 'rows', format: 'json', config: { path: 'in.jsonl', poll_ms: 50 } },
      write: { sink, topics: ['rows'], format: 'json', config: { url, table: 't' }, ...more },
    },
  };
  await writeFile(join(folder, 'job.yaml'), JSON.stringify(job));
  return folder;
}

for (const sink of ['postgres', 'mysql'] as const) {
  const { start, narrow, twice, widen } = databases[sink];
  describe(sink, () => {
    let server: RealPostgres | RealMariadb;
    before(async () => {
      server = await start();
    });
    after(() => server.stop());
    const empty = (): Promise<unknown> =>
      server.sql('DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, name varchar(5))');
    const count = async (): Promise<number> =>
      Number((await server.sql('SELECT count(*) AS n FROM t'))[0]?.n);

    it('dead letters take the bad rows, and what was added while it was away comes after', async (t) => {
      await empty();
      const cwd = await jobIn(t, sink, server.url, { errors: { tolerance: 'dead_letter' } });
      const running = startCli(['run', 'job.yaml'], { cwd });
      t.after(() => running.kill());
      await until('all rows but two', async () => ((await count()) === 1_998 ? true : undefined));
      const { groups } = await cliJson<LetterGroups>(['dlq', 'list'], { cwd });
      assert.equal(
        groups.reduce((sum, group) => sum + group.count, 0),
        2,
        JSON.stringify(groups),
      );
      const { stdout: letters } = await runCli(['dlq', 'show', 'write', '--json'], { cwd });
      assert.match(letters, narrow);
      assert.match(letters, twice);

      await server.halt();
      await appendFile(join(cwd, 'in.jsonl'), lines(2_000, 2_500));
      await running.printed(/trying again: .*(?:ECONNREFUSED|connection)/i);
      await server.start();
      await until('the rows that were added', async () => ((await count()) === 2_498 ? true : undefined));
      running.signal('SIGINT');
      const { code, stderr } = await running.ended;
      assert.equal(code, 0, stderr);
    });

    it('without tolerance it fails, says why, and goes on where it was once the column is wider', async (t) => {
      await empty();
      const cwd = await jobIn(t, sink, server.url, {});
      await writeFile(join(cwd, 'in.jsonl'), lines(0, 1_000));
      const failed = await runCli(['run', 'job.yaml', '--once'], { cwd });
      assert.equal(failed.code, 1, failed.stderr);
      assert.match(failed.stderr, narrow);
      await server.sql(widen);
      const { code, stderr } = await runCli(['run', 'job.yaml', '--once'], { cwd });
      assert.equal(code, 0, stderr);
      assert.equal(await count(), 1_000);
    });
  });
}
