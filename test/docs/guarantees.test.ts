import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../rig/project.js';

/** The last cell of each row of the table of faults: a file, and the name of a test in it. */
async function rows(): Promise<readonly { file: string; name: string }[]> {
  const text = await readFile(join(projectRoot, 'docs/guarantees.md'), 'utf8');
  const [, section = ''] = text.split('## What happens when …');
  const [table = ''] = section.split('\n## ');
  const lines = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'));
  return lines.map((line) => {
    const cell = /\| `([^`]+)`: (.+) \|$/.exec(line);
    assert.ok(cell?.[1] !== undefined && cell[2] !== undefined, `a row without a test: ${line}`);
    return { file: cell[1], name: cell[2] };
  });
}

/** The names of the tests and cases in a file; what a template fills in stands for anything. */
async function testNames(file: string): Promise<readonly RegExp[]> {
  const source = await readFile(join(projectRoot, file), 'utf8');
  const found = [...source.matchAll(/(?:\b(?:test|it)\(|\[)\s*(?:'([^'\n]+)'|`([^`\n]+)`)/g)];
  return found.map(([, plain, template]) => {
    const parts = plain === undefined ? (template ?? '').split(/\$\{(?:[^{}]|'[^']*')*\}/) : [plain];
    return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`);
  });
}

test('every fault in docs/guarantees.md names a test that exists', async () => {
  const all = await rows();
  assert.ok(all.length > 30);
  for (const { file, name } of all) {
    const names = await testNames(file);
    assert.ok(
      names.some((pattern) => pattern.test(name)),
      `${file} has no test "${name}"`,
    );
  }
});
