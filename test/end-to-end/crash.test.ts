import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { crashSuite, type CrashRig } from '../conformance/crash-suite.js';
import { startCli, type RunningCli } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { freePort } from '../rig/rocketmq/ports.js';

let folder: string;
let broker: RunningCli;
let rig: CrashRig;

before(async () => {
  folder = await ownedFolder('crash-broker');
  const port = await freePort();
  const start = async (): Promise<void> => {
    broker = startCli(['broker', '--port', String(port), '--data-dir', folder], {
      cwd: folder,
      deadlineMs: 280_000,
    });
    await broker.printed(/listens on/);
  };
  const kill = async (): Promise<void> => {
    await broker.kill();
    const { code, signal } = await broker.ended;
    assert.equal(signal, 'SIGKILL', `the broker had ended by itself (${String(code)}):\n${broker.output()}`);
  };
  await start();
  rig = { nameserver: `127.0.0.1:${String(port)}`, killBroker: kill, startBroker: start };
});
after(async () => {
  await broker.kill();
  await removeFolder(folder);
});

crashSuite('the embedded broker', () => rig, 3);
