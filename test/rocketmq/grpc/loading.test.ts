import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = (path: string): string => fileURLToPath(new URL(`../../../src/${path}`, import.meta.url));

/** What CommonJS packages a program has loaded is in the cache. */
const tell = `
import { createRequire } from 'node:module';
const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('rocketmq-client-nodejs'));
console.log(JSON.stringify({ loaded }));
`;

async function loads(code: string, env: NodeJS.ProcessEnv): Promise<{ loaded: boolean; stderr: string }> {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', `${code}\n${tell}`], {
    env,
  });
  return { ...(JSON.parse(stdout) as { loaded: boolean }), stderr };
}

test('the client is loaded only by the way that needs it, and leaves nothing in the home directory', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'rmq-connect-home-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const env = { ...process.env, HOME: home, PATH: '' };
  const program = await loads(
    `await import(${JSON.stringify(source('cli/program.js'))}); await import(${JSON.stringify(source('cli/cluster-access.js'))});`,
    env,
  );
  assert.equal(program.loaded, false);
  const way = await loads(
    `const { connectGrpcCluster } = await import(${JSON.stringify(source('rocketmq/grpc/connect.js'))});
     const cluster = connectGrpcCluster({ endpoints: ['127.0.0.1:1'], requestTimeoutMs: 1000 });
     await cluster.check().catch(() => undefined);
     await cluster.close();`,
    env,
  );
  assert.deepEqual(way, { loaded: true, stderr: '' });
  assert.deepEqual(await readdir(home), []);
});
