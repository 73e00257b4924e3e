import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const connector = (name: string) => new URL(`../../connectors/${name}/index.js`, import.meta.url).href;
const suite = new URL('../../src/sdk/acceptance/index.js', import.meta.url).href;

/** Runs the suite on a generator whose task is wrapped by `fault`, in a process of its own; names what fails. */
function failuresWith(fault: string): string[] {
  const program = `
    import { acceptanceSuite } from ${JSON.stringify(suite)};
    import generate from ${JSON.stringify(connector('generate'))};
    const fault = ${fault};
    const start = async (...args) => {
      const connector = await generate.source.start(...args);
      const open = async (config, context, positions) => {
        const task = await connector.open(config, context, positions);
        return { ...task, ...fault(task, positions) };
      };
      return { ...connector, open };
    };
    acceptanceSuite({ ...generate, source: { ...generate.source, start } }, { source: { scene: async () => ({
      config: { count: 5, rate: 'unlimited', template: '{n}' },
      baseDir: '.',
      contents: { '1-of-1': ['1', '2', '3', '4', '5'] },
    }) } });`;
  const args = ['--input-type=module', '--test-reporter=tap', '-e', program];
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT'),
  );
  const { stdout } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8', timeout: 60_000 });
  assert.match(stdout, /# tests 15/);
  return Array.from(stdout.matchAll(/^ +not ok \d+ - (.*)$/gm), ([, name]) => name ?? '');
}

const change = (records: string) => `(task) => ({
  read: async (signal) => {
    const batch = await task.read(signal);
    return batch && { ...batch, records: ${records} };
  },
})`;

describe('the acceptance suite', { timeout: 120_000 }, () => {
  it('passes a connector that keeps its promises', () => {
    assert.deepEqual(failuresWith('() => ({})'), []);
  });
  it('finds a lost record', () => {
    const failures = failuresWith(change('batch.records.filter(({ value }) => value !== "3")'));
    assert.ok(failures.includes('reads everything once and in order'), failures.join());
  });
  it('finds positions that lead elsewhere', () => {
    const failures = failuresWith(
      change('batch.records.map((record, n) => ({ ...record, position: { n: record.position.n - n % 2 } }))'),
    );
    assert.deepEqual(failures, ['goes on after any position, losing and repeating nothing']);
  });
  it('finds positions that JSON cannot hold', () => {
    const failures = failuresWith(
      change(
        'batch.records.map((record) => ({ ...record, position: { ...record.position, at: new Date() } }))',
      ),
    );
    assert.deepEqual(failures, ['reads everything once and in order']);
  });
  it('finds what is left running', () => {
    const failures = failuresWith('() => { setTimeout(() => {}, 8000); return {}; }');
    assert.deepEqual(failures, ['can be closed twice, and leaves nothing running']);
  });
  it('finds a task that cannot be closed twice', () => {
    const failures = failuresWith(`() => {
      let closed = false;
      return { close: async () => { if (closed) throw new Error('closed'); closed = true; } };
    }`);
    assert.ok(failures.includes('can be closed twice, and leaves nothing running'), failures.join());
  });
});
