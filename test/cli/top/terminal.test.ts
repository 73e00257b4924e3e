/** `top` at a terminal, which util-linux's `script` gives it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCli } from '../../rig/cli.js';
import { endProcess, spawnOwned } from '../../rig/owned.js';
import { projectRoot } from '../../rig/project.js';
import { until } from '../../rig/until.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';
import { noScript } from '../script.js';

const job = `
connectors:
  drip: { source: generate, topic: dripped, config: { rate: 50 } }
  other: { source: generate, topic: dripped, config: { rate: 10 } }
`;
const escape = '\u001b';

test('keys filter, pause and resume, and q gives the terminal back', { skip: noScript }, async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'job.yaml'), job);
  const worker = startCli(['run', 'job.yaml', '--api', '127.0.0.1:0', '--data-dir', 'data'], { cwd: folder });
  atEnd(t, () => worker.kill());
  await worker.printed(/http:\/\/127\.0\.0\.1:\d+/);
  const program = `${process.execPath} ${join(projectRoot, 'bin/rmq-connect.js')}`;
  const line = `stty cols 150 rows 30; ${program} top --data-dir data --interval 200ms`;
  const top = spawnOwned('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  atEnd(t, () => endProcess(top, 'SIGKILL'));
  let screen = '';
  top.stdout?.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
  });
  /** Waits for what is drawn from now on. */
  const shows = async (pattern: RegExp): Promise<void> => {
    const from = screen.length;
    await until(String(pattern), () => pattern.test(screen.slice(from)) || undefined);
  };
  const press = (keys: string): void => {
    top.stdin?.write(keys);
  };
  await shows(/› {2}drip +source generate +running/);
  press('p');
  await shows(/drip: pause was asked for/);
  await shows(/› {2}drip +source generate +paused/);
  press(`${escape}[B`);
  await shows(/› {2}other +source generate +running/);
  press('/dri\r');
  await shows(/filter dri/);
  press('kp');
  await shows(/› {2}drip +source generate +running/);
  press('q');
  const [code] = (await once(top, 'exit')) as [number];
  assert.equal(code, 0);
  assert.ok(
    screen.lastIndexOf(`${escape}[?25h`) > screen.lastIndexOf(`${escape}[?25l`),
    'the cursor is back',
  );
});
