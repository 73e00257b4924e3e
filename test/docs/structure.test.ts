/** The imports of the code, held against what docs/architecture.md says of them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { before, describe, it } from 'node:test';
import { glob } from 'tinyglobby';
import { projectRoot } from '../rig/project.js';

describe('the code', () => {
  let imports: ReadonlyMap<string, readonly string[]> = new Map();
  before(async () => {
    const patterns = ['src/**/*.ts', 'connectors/**/*.ts', '!src/page/**', '!**/*.test*.ts'];
    const files = (await glob(patterns, { cwd: projectRoot })).sort();
    assert.ok(files.length > 500);
    imports = new Map(await Promise.all(files.map(async (file) => [file, await importsOf(file)] as const)));
  });

  it('has no files that import each other in a circle, be it for types only', () => {
    assert.deepEqual(
      circles(imports).map((circle) => circle.join(' → ')),
      [],
    );
  });

  it('is in rooms that docs/architecture.md names, each with all that it imports from others', async () => {
    const rows = roomRows(await readFile(join(projectRoot, 'docs/architecture.md'), 'utf8'));
    const roomOf = (file: string): string => {
      const rooms = [...rows.keys()].filter((room) => file.startsWith(room.replace('NAME/', '')));
      const room = rooms.sort((one, other) => other.length - one.length)[0];
      assert.ok(room !== undefined, `${file} is in no room of docs/architecture.md`);
      return room;
    };
    const unnamed = new Set<string>();
    for (const [file, targets] of imports) {
      const from = roomOf(file);
      const may = rows.get(from) ?? [];
      for (const target of targets) {
        const to = roomOf(target);
        const isInside = to === from || to.startsWith(from) || from.startsWith(to);
        const isNamed = may.some((name) => name === 'everything' || target.startsWith(`src/${name}/`));
        if (!isInside && !isNamed && !to.startsWith('connectors/')) unnamed.add(`${from} → ${to}`);
      }
    }
    assert.deepEqual([...unnamed], []);
  });

  it('has the files that docs/architecture.md and docs/guarantees.md speak of', async () => {
    const missing: string[] = [];
    for (const page of ['docs/architecture.md', 'docs/guarantees.md']) {
      const text = await readFile(join(projectRoot, page), 'utf8');
      for (const [, name = ''] of text.matchAll(/`([\w/-]+\.ts)`/g)) {
        const isThere = [...imports.keys()].some((file) => file.endsWith(`/${name}`));
        if (!isThere && !existsSync(join(projectRoot, name))) missing.push(`${page}: ${name}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});

async function importsOf(file: string): Promise<readonly string[]> {
  const text = await readFile(join(projectRoot, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)\.js'/g);
  return [...found].map(([, path = '']) => `${normalize(join(file, '..', path))}.ts`);
}

/** The rooms of the table, with what they may import. */
function roomRows(page: string): ReadonlyMap<string, readonly string[]> {
  const [, section = ''] = page.split('\n## Rooms\n');
  const lines = section.split('\n## ')[0]?.split('\n') ?? [];
  return new Map(
    lines.flatMap((line) => {
      const [, folder = '', , may = ''] = line.split('|');
      const [, name] = /`([\w/]+\/)`/.exec(folder) ?? [];
      return name === undefined ? [] : [[name, may.split(',').map((one) => one.replaceAll(/[`\s]/g, ''))]];
    }),
  );
}

/** The ways from a file back to itself: one for each file from which a new one is found. */
function circles(imports: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (file: string): void => {
    const at = way.indexOf(file);
    if (at !== -1) found.push([...way.slice(at), file]);
    if (at !== -1 || done.has(file)) return;
    way.push(file);
    for (const target of imports.get(file) ?? []) walk(target);
    way.pop();
    done.add(file);
  };
  for (const file of imports.keys()) walk(file);
  return found;
}
