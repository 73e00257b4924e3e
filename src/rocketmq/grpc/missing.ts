import { RocketmqError } from '../errors.js';

/** A proxy makes neither topics nor groups: whoever runs the cluster has to, with these. */
export function missingTopic(topic: string, address: string, cause?: unknown): RocketmqError {
  return new RocketmqError(
    'topic_not_found',
    `topic ${topic} does not exist on ${address}, and a proxy cannot create it. Create it with: ` +
      `mqadmin updateTopic -n <nameserver> -c <cluster> -t ${topic} -a +message.type=NORMAL (a proxy that was asked before takes up to half a minute to see it)`,
    { address, cause },
  );
}

export function missingGroup(group: string, address: string, cause?: unknown): RocketmqError {
  return new RocketmqError(
    'group_not_found',
    `consumer group ${group} cannot be used on ${address}: it seems not to exist, and a proxy cannot create it. ` +
      `Create it with: mqadmin updateSubGroup -n <nameserver> -c <cluster> -g ${group}`,
    { address, cause },
  );
}

/** The cluster has it, made just now: a proxy keeps for some seconds what it found before. */
export function notSeenYet(what: string, address: string, cause: unknown): RocketmqError {
  return new RocketmqError('busy', `the proxy at ${address} does not know ${what} yet`, { address, cause });
}
