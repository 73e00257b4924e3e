/** The commands that speak to a running worker. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliJson, runCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { serviceFolder, startService } from './service.js';

interface Status {
  readonly connector: { readonly state: string };
  readonly wanted: string;
  readonly tasks: readonly object[];
}

test('connectors are made, paused, moved, restarted and deleted from the command line', async (t) => {
  const cwd = await serviceFolder(t);
  await writeFile(join(cwd, 'in.txt'), 'a\nb\n');
  await writeFile(join(cwd, 'token'), 'a-token-of-the-tests');
  await writeFile(join(cwd, 'entry.yaml'), 'sink: file\ntopic: t\nconfig: { path: out.txt }\n');
  const service = await startService(t, cwd, { args: ['--api-token-file', 'token'] });
  const at = ['--data-dir', 'data'];
  const run = (...args: string[]): ReturnType<typeof runCli> => runCli([...args, ...at], { cwd });
  const status = (...args: string[]): Promise<Status> => cliJson<Status>([...args, ...at], { cwd });
  const source = JSON.stringify({ source: 'file', topic: 't', config: { path: 'in.txt' } });

  const made = await run('connectors', 'create', 'in', '--config', source);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(
    (await status('connectors', 'create', 'out', 'entry.yaml', '--state', 'paused')).wanted,
    'paused',
  );
  const resumed = await status('connectors', 'resume', 'out');
  assert.equal(resumed.wanted, 'running');
  const written = (text: string): Promise<true> =>
    until(text, async () =>
      existsSync(join(cwd, 'out.txt')) && (await readFile(join(cwd, 'out.txt'), 'utf8')) === text
        ? true
        : undefined,
    );
  await written('a\nb\n');
  await until('what is written is committed, and so would move', async () => {
    const { code } = await run('offsets', 'reset', 'out', '--yes');
    return code === 1 ? true : undefined;
  });
  assert.equal((await status('connectors', 'stop', 'out')).connector.state, 'STOPPED');
  await until('what it says is written down', async () => {
    const { code } = await run('offsets', 'reset', 'out', '--yes');
    return code === 0 ? true : undefined;
  });
  await status('connectors', 'resume', 'out');
  await written('a\nb\na\nb\n');
  assert.equal((await run('tasks', 'restart', 'out', '0')).code, 0);
  assert.equal((await run('connectors', 'restart', 'out', '--only-failed')).code, 0);
  assert.equal((await status('connectors', 'pause', 'out')).connector.state, 'PAUSED');
  assert.match((await run('connectors', 'status', 'out')).stdout, /out {2}sink {2}paused \(wanted: paused\)/);

  const twice = await run('connectors', 'create', 'in', '--config', source);
  assert.equal(twice.code, 1, twice.stderr);
  const wrong = await run('connectors', 'create', 'x', '--config', '{"source":"fil"}');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /did you mean file\?/);
  assert.equal((await run('connectors', 'pause', 'nobody')).code, 2);
  const byUrl = ['connectors', 'status', 'in', '--api-url', service.url, '--data-dir', 'elsewhere'];
  assert.equal((await runCli(byUrl, { cwd })).code, 2, 'the token is missing');
  assert.equal((await runCli([...byUrl, '--api-token-file', 'token'], { cwd })).code, 0);
  assert.equal((await run('connectors', 'delete', 'out')).code, 0);
  assert.equal((await run('connectors', 'status', 'out')).code, 2);
  await service.stop();
  assert.equal((await run('connectors', 'status', 'in')).code, 3);
});
