import type { Admin } from '../../rocketmq/cluster.js';
import type { DataDir, LockOwner } from '../../store/index.js';
import { plural } from '../number-text.js';
import { hasEnded, type Remembered } from '../remembered.js';

/** Why offsets of a connector must not be changed now. */
export interface Obstacle {
  readonly connector: string;
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string;
  /** Whether somebody who knows better may go on: it is possible, and may be undone at once. */
  readonly yields: boolean;
}

/** The worker that has this connector, or may be about to; null where none has. */
async function workerOf(connector: Remembered, dataDir: DataDir): Promise<LockOwner | null> {
  const owner = await dataDir.runningWorker();
  if (owner === null) return null;
  const { status, live, definition } = connector;
  if (live) return status !== null && hasEnded(status.state) ? null : owner;
  // A worker writes down its connectors before it says what they do.
  return definition.remembered_at >= owner.since || (await isStarting(owner, dataDir)) ? owner : null;
}

/** Whether it has not written down a single connector since it began. */
async function isStarting({ since }: LockOwner, dataDir: DataDir): Promise<boolean> {
  for (const name of await dataDir.connectors()) {
    const definition = await dataDir.connector(name).definition.read();
    if (definition !== null && definition.remembered_at >= since) return false;
  }
  return true;
}

export async function sourceObstacles(source: Remembered, dataDir: DataDir): Promise<readonly Obstacle[]> {
  const worker = await workerOf(source, dataDir);
  if (worker === null) return [];
  const { name: connector } = source;
  const reason = `${connector} runs (process ${String(worker.pid)}): it would write its positions over the change`;
  return [{ connector, reason, hint: 'stop it first; --force does not help here', yields: false }];
}

export async function sinkObstacles(
  sink: Remembered,
  group: string,
  admin: Pick<Admin, 'groupMembers'>,
  dataDir: DataDir,
): Promise<readonly Obstacle[]> {
  const { name: connector } = sink;
  const hint = 'stop what reads for the group first; with --force its next commit may undo the change';
  const worker = await workerOf(sink, dataDir);
  if (worker !== null) {
    const reason = `${connector} runs (process ${String(worker.pid)}): it would commit its own offsets over the change`;
    return [{ connector, reason, hint, yields: true }];
  }
  const members = await admin.groupMembers(group);
  if (members.length === 0) return [];
  const reason = `group ${group} of ${connector} has ${plural(members.length, 'member')} online: ${members.join(', ')}`;
  return [{ connector, reason, hint, yields: true }];
}
