import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterDefinition } from '../../job/definition.js';
import type { Cluster } from '../../rocketmq/cluster.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import type { ClusterAccess } from '../cluster-access.js';
import { CommandError, exitCodes, tell } from '../exit-code.js';
import { within } from '../within.js';

/** The whole check, with starting the program, takes less than ten seconds. */
const answerWithinMs = 8_000;
const retryEveryMs = 1_000;

export interface ConnectOptions {
  /** Try until it answers. */
  readonly wait: boolean;
  readonly say: (text: string) => void;
  /** Ends the waiting; its reason is thrown. */
  readonly stop: AbortSignal;
}

/** Opens a cluster and sees that it answers. Throws `CommandError` `unreachable` naming its addresses. */
export async function connectTo(
  access: ClusterAccess,
  definition: ClusterDefinition,
  { wait, say, stop }: ConnectOptions,
): Promise<Cluster> {
  for (let tries = 1; ; tries += 1) {
    stop.throwIfAborted();
    try {
      return await answering(access, definition, stop);
    } catch (error) {
      stop.throwIfAborted();
      if (!wait || tell(error).exitCode !== exitCodes.unreachable) throw error;
      say(`waiting for RocketMQ at ${addressOf(definition)} (try ${String(tries)}): ${tell(error).message}`);
    }
    // Rejects only when it is time to stop, which the next round sees.
    await sleep(retryEveryMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

export function addressOf(definition: ClusterDefinition): string {
  if (definition.kind === 'embedded') return 'the embedded broker';
  return (definition.kind === 'proxy' ? definition.endpoints : definition.nameservers).join(', ');
}

async function answering(
  access: ClusterAccess,
  definition: ClusterDefinition,
  stop: AbortSignal,
): Promise<Cluster> {
  const asking = async (): Promise<Cluster> => {
    const cluster = await access.open(definition);
    await cluster.check();
    return cluster;
  };
  // The embedded broker may first have to wait for its store.
  if (definition.kind === 'embedded') return asking();
  try {
    const cluster = await within(asking(), answerWithinMs, stop);
    if (cluster !== null) return cluster;
    throw new RocketmqError('unreachable', `no answer within ${String(answerWithinMs / 1000)} s`);
  } catch (error) {
    if (!(error instanceof RocketmqError) || tell(error).exitCode !== exitCodes.unreachable) throw error;
    throw unreachable(definition, error.message, error);
  }
}

function unreachable(definition: ClusterDefinition, why: string, cause?: unknown): CommandError {
  const address = addressOf(definition);
  const message = why.includes(address) ? why : `RocketMQ at ${address} cannot be reached: ${why}`;
  return new CommandError('unreachable', 'unreachable', message, {
    hint: 'is it running, and is the address right? run --wait waits for it',
    details: { address },
    cause,
  });
}
