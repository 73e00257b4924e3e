/** The commands of docs/routing.md, as they stand there, but for ports and folders. */
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CliResult } from '../rig/cli.js';
import { commandsOf, DocWalk, sectionOf } from '../rig/doc-walk.js';
import { projectRoot } from '../rig/project.js';
import { freePort } from '../rig/rocketmq/ports.js';
import { until } from '../rig/until.js';
import { temporaryFolder } from '../temp-folder.js';

test('a first route and a planned move work as they are written', async (t) => {
  const folder = await temporaryFolder(t);
  const [east, west] = [String(await freePort()), String(await freePort())];
  const adapted = (text: string): string =>
    text.replaceAll('9876', east).replaceAll('9976', west).replaceAll('/tmp/', `${folder}/`);
  await cp(join(projectRoot, 'examples'), join(folder, 'examples'), { recursive: true });
  for (const name of ['mirror.yaml', 'billing.yaml']) {
    const path = join(folder, 'examples', name);
    await writeFile(path, adapted(await readFile(path, 'utf8')));
  }
  const doc = await readFile(join(projectRoot, 'docs/routing.md'), 'utf8');
  const commands = ['A first route', 'A planned move'].flatMap((heading) =>
    commandsOf(sectionOf(doc, heading)),
  );
  assert.ok(commands.length >= 14, commands.join('\n'));

  const walk = new DocWalk(t, { cwd: folder }, adapted);
  const results: (CliResult & { readonly command: string })[] = [];
  for (const command of commands) {
    if (command.endsWith(' &')) {
      await walk.start(command);
      continue;
    }
    // Only what a person is told to wait for may take several tries.
    const result = await until(command, async () => {
      const tried = await walk.result(command);
      return tried.code === 4 ? undefined : tried;
    });
    assert.equal(result.code, 0, `${command}\n${result.stdout}${result.stderr}`);
    results.push({ ...result, command });
  }

  const printed = (part: string): string =>
    results
      .filter(({ command }) => command.includes(part))
      .map(({ stdout }) => stdout)
      .join('');
  const linesOf = (text: string): readonly string[] => text.trim().split('\n').sort();
  assert.deepEqual(linesOf(printed('--data-dir /tmp/billing-east')), ['one', 'three', 'two']);
  assert.deepEqual(linesOf(printed('--data-dir /tmp/billing-west')), ['five', 'four']);
  assert.match(printed('--dry-run'), /exactly its next message/);
  assert.match(printed('topics read'), /three/);
});
