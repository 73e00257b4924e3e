import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { lookAt } from '../../src/cli/check/subject.js';
import { fine } from '../../src/sdk/index.js';

test('a look that falls silent is told to drop what it has, and what it found counts', async () => {
  let ended: () => void = () => undefined;
  const dropped = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const { findings } = await lookAt(
    {
      job: 'job',
      connector: 'in',
      system: 'source postgres',
      look: async function* (signal) {
        try {
          yield fine('connected');
          await once(signal, 'abort');
          throw new Error('the connection was closed');
        } finally {
          ended();
        }
      },
    },
    50,
  );
  assert.deepEqual(
    findings.map(({ level, what }) => `${level}: ${what}`),
    ['ok: connected', 'unreachable: no answer within 0.05 s'],
  );
  await dropped;
});
