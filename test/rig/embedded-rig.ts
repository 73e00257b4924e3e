/** The embedded broker in a process of its own, which can be killed and started again. */
import assert from 'node:assert/strict';
import { startCli, type RunningCli } from './cli.js';
import { ownedFolder, removeFolder } from './owned.js';
import { freePort } from './rocketmq/ports.js';

export interface EmbeddedRig {
  readonly nameserver: string;
  brokerPid(): number;
  brokerEnded(): Promise<unknown>;
  killBroker(): Promise<void>;
  startBroker(): Promise<void>;
  stop(): Promise<void>;
}

/** `deadlineMs`: longer than all that is done with it. */
export async function startEmbeddedRig(deadlineMs: number): Promise<EmbeddedRig> {
  const folder = await ownedFolder('crash-broker');
  const port = String(await freePort());
  const start = async (): Promise<RunningCli> => {
    const broker = startCli(['broker', '--port', port, '--data-dir', folder], { cwd: folder, deadlineMs });
    await broker.printed(/listens on/);
    return broker;
  };
  let broker = await start();
  return {
    nameserver: `127.0.0.1:${port}`,
    brokerPid: () => broker.pid,
    brokerEnded: () => broker.ended,
    killBroker: async () => {
      await broker.kill();
      const { code, signal } = await broker.ended;
      assert.equal(
        signal,
        'SIGKILL',
        `the broker had ended by itself (${String(code)}):\n${broker.output()}`,
      );
    },
    startBroker: async () => {
      broker = await start();
    },
    stop: async () => {
      await broker.kill();
      await removeFolder(folder);
    },
  };
}
