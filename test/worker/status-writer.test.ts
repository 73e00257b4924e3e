import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { DataDir } from '../../src/store/index.js';
import { ConnectorMonitor } from '../../src/worker/monitor.js';
import { StatusWriter } from '../../src/worker/status-writer.js';
import { temporaryFolder } from '../temp-folder.js';

test('a status is not written once its connector has gone, even while others are written', async (t) => {
  const dataDir = new DataDir(await temporaryFolder(t));
  await dataDir.create();
  const names = ['a', 'b'];
  for (const name of names) await dataDir.connector(name).create();
  const monitors = names.map(
    (name) => new ConnectorMonitor({ name, kind: 'sink', job: 'j' }, () => undefined),
  );
  const here = new Set(names);
  const writer = new StatusWriter(
    dataDir,
    () => monitors,
    (name) => here.has(name),
  );
  const isTold = (name: string): boolean => existsSync(dataDir.connector(name).status.path);
  const written = writer.close();
  here.delete('b');
  await written;
  assert.deepEqual(names.map(isTold), [true, false]);
  await writer.forget('a');
  assert.ok(!isTold('a'));
  await writer.close();
  assert.ok(isTold('a'));
});
