/** What a user gets: the files of the package, run and linked without the rest of the project. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readFile, symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { projectRoot } from '../rig/project.js';
import { temporaryFolder } from '../temp-folder.js';

const run = promisify(execFile);
const packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

/** What belongs into the package. The bundle and the page's modules are as many as the build makes. */
const belongs = [
  /^(README|CHANGELOG|CONTRIBUTING)\.md$/,
  /^LICENSE$/,
  /^package\.json$/,
  /^bin\/rmq-connect\.js$/,
  /^dist\/bundle\/js\/(LICENSES\.txt|[\w-]+\.js)$/,
  /^dist\/page\/[\w/-]+\.js$/,
  /^src\/page\/[\w-]+\.(html|css|svg)$/,
  /^connectors\/\w+\/README\.md$/,
  /^docs\/[\w-]+\.md$/,
  /^docs\/pictures\/[\w-]+\.png$/,
  /^examples\/([\w-]+\.yaml|data\/\w+\.log)$/,
  /^monitoring\/[\w-]+\.(yaml|json)$/,
];

describe('the package', () => {
  let files: readonly string[] = [];
  before(async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: projectRoot,
    });
    files = packed.parse(JSON.parse(stdout))[0].files.map(({ path }) => path);
  });

  it('has what belongs into it, of each kind, and nothing else', () => {
    assert.deepEqual(
      files.filter((path) => !belongs.some((pattern) => pattern.test(path))),
      [],
    );
    for (const pattern of belongs)
      assert.ok(
        files.some((path) => pattern.test(path)),
        String(pattern),
      );
  });

  it('has all that its pages link to', async () => {
    const broken: string[] = [];
    for (const page of files.filter((path) => path.endsWith('.md'))) {
      const text = await readFile(join(projectRoot, page), 'utf8');
      for (const [, to = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(to)) continue;
        const [path = '', heading] = to.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        if (!files.includes(target)) broken.push(`${page} → ${to}`);
        else if (heading !== undefined && !(await headingsOf(target)).includes(heading))
          broken.push(`${page} → ${to}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('runs where its sources are not', async (t) => {
    const folder = await temporaryFolder(t);
    for (const path of files) await cp(join(projectRoot, path), join(folder, path));
    await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    const cli = join(folder, 'bin/rmq-connect.js');
    await run(process.execPath, [cli, 'run', 'examples/quickstart.yaml', '--once'], { cwd: folder });
    const copied = await readFile(join(folder, 'examples/out/quickstart.txt'), 'utf8');
    assert.equal(copied.split('\n').length - 1, 1_000);
    const { stdout } = await run(process.execPath, [cli, 'plugins', 'show', 'postgres'], { cwd: folder });
    assert.match(stdout, /rmq_connect_example/);
  });

  it('gives the reason of each dependency, and asks for none that it does not import', async () => {
    const { dependencies } = manifest.parse(
      JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')),
    );
    const names = Object.keys(dependencies).sort();
    const architecture = await readFile(join(projectRoot, 'docs/architecture.md'), 'utf8');
    const [, table = ''] = architecture.split('\n## Dependencies\n');
    const reasons = table.split('\n').flatMap((line) => line.split('|')[1]?.split(',') ?? []);
    assert.deepEqual(
      names.filter((name) => !reasons.some((reason) => reason.trim() === name)),
      [],
      'without a reason in docs/architecture.md',
    );
    const code = await Promise.all(
      files.filter((path) => path.endsWith('.js')).map((path) => readFile(join(projectRoot, path), 'utf8')),
    );
    const imported = new Set(
      code.flatMap((text) =>
        [...text.matchAll(/(?:from|import|require)\s*\(?\s*['"]((?:@[\w-]+\/)?[\w-][\w.-]*)/g)].map(
          ([, name]) => name,
        ),
      ),
    );
    const takenIn = ['commander', 'yaml', 'zod'];
    assert.deepEqual(
      names.filter((name) => !takenIn.includes(name) && !imported.has(name)),
      [],
      'imported nowhere',
    );
  });
});

/** How a page's headings are linked to: lower case, hyphens, nothing else but letters and digits. */
async function headingsOf(page: string): Promise<readonly string[]> {
  const text = await readFile(join(projectRoot, page), 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
