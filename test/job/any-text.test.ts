/** Job files on whatever comes: a failure prints its seed and the smallest case found. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSubstitutions } from '../../src/job/substitution.js';
import { JobFolder } from './job-folder.js';

const words = [
  'connectors',
  'source',
  'sink',
  'topic',
  'topics',
  'config',
  'path',
  'file',
  'rocketmq',
  'name',
  'a',
  '0',
];
const signs = [
  ': ',
  '\n',
  '\n  ',
  '\n    ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '"',
  "'",
  '#',
  '&x ',
  '*x',
  '!!t ',
  '|',
  '?',
  '${',
  '$$',
];
const yamlish = fc.array(fc.oneof(fc.constantFrom(...words, ...signs), fc.string({ maxLength: 4 })), {
  maxLength: 60,
});

const filled = fc.oneof(
  fc.constantFrom('${A}', '${A:-b}', '${A:?m}', '${file:x}', '$${', '${', 'file', './x'),
  fc.string(),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    filled,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('mapping'),
  ),
  mapping: fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie('any'), { maxKeys: 4 }),
})).any;
const entry = fc.dictionary(
  fc.constantFrom('source', 'sink', 'topic', 'config', 'tasks', 'from', 'transforms', 'group'),
  value,
);
const job = fc.record(
  {
    name: value,
    rocketmq: value,
    connectors: fc.dictionary(fc.string(), entry, { maxKeys: 3 }),
    create_topics: value,
  },
  { requiredKeys: [] },
);

test('whatever stands in a job file, it is a job, or its problems have places', async (t) => {
  const folder = await JobFolder.with(t, {});
  const file = folder.file('any.yaml');
  const text = fc.oneof(
    yamlish.map((parts) => parts.join('')),
    job.map((content) => JSON.stringify(content, null, 2)),
    fc.string({ unit: 'binary' }),
  );
  const property = fc.asyncProperty(text, async (content) => {
    await writeFile(file, content);
    const { jobs, problems } = await folder.load(['any.yaml'], { env: { A: 'a: b' } });
    const errors = problems.filter(({ severity }) => severity === 'error');
    assert.equal(jobs.length, errors.length === 0 ? 1 : 0);
    const lines = content.split(/\r\n|\r|\n/);
    for (const { line, column, message, file: at } of problems) {
      assert.equal(at, file);
      assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}: ${message}`);
      assert.ok(Number.isInteger(column) && column >= 1, `column ${column}: ${message}`);
      assert.notEqual(message, '');
    }
  });
  await fc.assert(property, { numRuns: 150 });
});

test('whatever is to be filled in is understood or complained about', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('$', '{', '}', ':', '-', '?', 'A', 'file', '$$', '${', ' '), { maxLength: 12 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (source) => typeof parseSubstitutions(source) === 'object'),
    { numRuns: 1_000 },
  );
});
