import { join } from 'node:path';
import { startMeasured } from '../measured-process.js';
import { ownedFolder, removeFolder } from '../../test/rig/owned.js';
import { projectRoot } from '../../test/rig/project.js';

/** The embedded broker in a process of its own. */
export interface Embedded {
  /** `host:port`, name server and broker in one. */
  readonly address: string;
  /** `host:port` for gRPC. */
  readonly endpoints: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export const bin = join(projectRoot, 'bin/rmq-connect.js');

export async function startEmbedded(): Promise<Embedded> {
  const folder = await ownedFolder('embedded');
  let printed = '';
  let told = (): void => undefined;
  const saysWhere = new Promise<void>((resolve) => {
    told = resolve;
  });
  const args = ['broker', '--port', '0', '--grpc-port', '0', '--json', '--data-dir', join(folder, 'data')];
  const broker = startMeasured(process.execPath, [bin, ...args], {
    cwd: folder,
    onOutput: (text) => {
      printed += text;
      if (printed.includes('\n')) told();
    },
  });
  const stop = async (): Promise<void> => {
    await broker.stop();
    await removeFolder(folder);
  };
  await Promise.race([saysWhere, broker.ended.then(() => Promise.reject(new Error('it ended at once')))]);
  const { result } = JSON.parse(printed) as { result: { address: string; endpoints: string } };
  return { ...result, pid: broker.pid, stop };
}
