import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fillIn, type Environment } from '../../src/job/fill.js';
import { parseSubstitutions } from '../../src/job/substitution.js';
import { plain } from '../../src/job/tree.js';
import { readYaml } from '../../src/job/yaml.js';
import { JobFolder } from './job-folder.js';

async function filled(text: string, env: Environment, baseDir = '/nowhere'): Promise<unknown> {
  const { tree } = readYaml(text, '/nowhere/a.yaml');
  assert.ok(tree !== null);
  const result = await fillIn(tree, { env, baseDir });
  assert.deepEqual(result.problems, []);
  return plain(result.tree);
}

test('variables are filled into scalars, with defaults where they are unset or empty', async () => {
  assert.deepEqual(
    await filled(
      'a: x-${A}-${B:-none}-${E:-empty}\nb: ["${A}"]\nc: |\n  ${A}\nd: ${B:-}\ne: ${E}\nf: ${A:?why}\n',
      { A: 'one', E: '' },
    ),
    { a: 'x-one-none-empty', b: ['one'], c: 'one\n', d: '', e: '', f: 'one' },
  );
});

test('a plain scalar that is one substitution gets the type it reads like', async () => {
  const env = { N: '8', M: '-2.5', T: 'true', Z: '007', P: '+49', B: '12345678901234567890', U: 'null' };
  assert.deepEqual(
    await filled(
      'n: ${N}\nm: ${M}\nt: ${T}\nz: ${Z}\np: ${P}\nb: ${B}\nu: ${U}\nq: "${N}"\ns: ${N}${N}\nd: ${X:-5}\n',
      env,
    ),
    { n: 8, m: -2.5, t: true, z: '007', p: '+49', b: env.B, u: 'null', q: '8', s: '88', d: 5 },
  );
});

test('two dollars are one, and other dollars are themselves', async () => {
  assert.deepEqual(await filled("a: $${A}\nb: '^x$'\nc: $5\nd: a$$b$\n", { A: 'no' }), {
    a: '${A}',
    b: '^x$',
    c: '$5',
    d: 'a$b$',
  });
});

test('what is filled in is not looked at again, and cannot become structure', async () => {
  assert.deepEqual(await filled('a: ${A}\nb: ${B}\n', { A: '${B}', B: 'x: [1]\ny: 2 # z' }), {
    a: '${B}',
    b: 'x: [1]\ny: 2 # z',
  });
});

test('keys are never filled in, nor is anything inherited by the environment', async () => {
  assert.deepEqual(await filled('${A}: 1\nb: ${toString:-own}\n', { A: 'no' }), { '${A}': 1, b: 'own' });
});

test('files are relative to the job file and lose one newline', async (context) => {
  const folder = await JobFolder.with(context, { 'secret.txt': 'geheim\n\n' });
  await writeFile(folder.file('crlf.txt'), 'x\r\n');
  assert.deepEqual(await filled('a: ${file:secret.txt}\nb: <${file:./crlf.txt}>\n', {}, folder.path), {
    a: 'geheim\n',
    b: '<x>',
  });
});

test('a value stays text where text is wanted, though it looks like a number', async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml':
      'rocketmq: { nameserver: mq, access_key: "a", secret_key: "${S}" }\n' +
      'connectors:\n  in:\n    source: generate\n    topic: ${T}\n    tasks: ${N}\n',
    'b.yaml':
      'rocketmq:\n  nameserver: mq\n  access_key: ${T}\n  secret_key: ${S}\nconnectors:\n  x: { source: generate, topic: t }\n',
  });
  const env = { S: '12345678', T: '42', N: '3' };
  const first = (await folder.job('a.yaml', { env })).connectors[0];
  assert.ok(first?.kind === 'source');
  assert.deepEqual([first.topic, first.tasks], ['42', 3]);
  const { cluster } = await folder.job('b.yaml', { env });
  assert.ok(cluster.kind === 'nameserver');
  assert.deepEqual([cluster.accessKey, cluster.secretKey], ['42', '12345678']);
});

test('substitutions are taken apart', () => {
  assert.deepEqual(parseSubstitutions('a$$${B:-c$$d}${file: e }f'), {
    ok: true,
    pieces: [
      { kind: 'text', text: 'a$' },
      { kind: 'variable', name: 'B', fallback: 'c$d' },
      { kind: 'file', path: 'e' },
      { kind: 'text', text: 'f' },
    ],
  });
});
