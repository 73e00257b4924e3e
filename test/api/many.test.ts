import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveOfMany } from './many.js';
import { serviceFolder, startService } from './service.js';

test('a hundred connectors are made, paused, resumed and deleted in one worker', async (t) => {
  const service = await startService(t, await serviceFolder(t));
  await liveOfMany(service, 100);
  assert.equal((await service.stop()).code, 0, service.output());
});
