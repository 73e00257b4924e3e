import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { RetryPolicy, Settings } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { z } from 'zod';
import type { Broker } from '../broker.js';
import type { GroupConfig } from '../groups.js';
import { maxBodyBytes } from '../storage/stored-frame.js';
import { GrpcFailure } from './failure.js';
import { duration } from './protobuf-time.js';
import { ensureKnownGroup } from './resources.js';

const receiveBatchSize = 32;
const longPollMs = 20_000;
const producerBackoff = { attempts: 3, initialMs: 10, maxMs: 1_000, multiplier: 2 };
/** What RocketMQ's ExponentialRetryPolicy has where a group's says nothing. */
const groupPolicySchema = z.object({
  exponentialRetryPolicy: z
    .object({
      initial: z.number().default(5_000),
      max: z.number().default(2 * 3_600_000),
      multiplier: z.number().default(2),
    })
    .nullish(),
});
const usualBackoff = { initial: 5_000, max: 2 * 3_600_000, multiplier: 2 };

/** The settings a client goes by: what it said, and what the broker decides. */
export function settingsAnswer(broker: Broker, said: Settings): Settings {
  const settings = said.clone();
  const publishing = settings.getPublishing();
  const subscription = settings.getSubscription();
  if (publishing !== undefined) {
    publishing.setMaxBodySize(maxBodyBytes).setValidateMessageType(true);
    settings.setBackoffPolicy(exponential(producerBackoff));
  } else if (subscription !== undefined) {
    const group = ensureKnownGroup(broker, subscription.getGroup());
    subscription
      .setFifo(group.consumeMessageOrderly)
      .setReceiveBatchSize(receiveBatchSize)
      .setLongPollingTimeout(duration(longPollMs));
    settings.setBackoffPolicy(groupBackoff(group));
  } else {
    throw new GrpcFailure(
      definition.Code.BAD_REQUEST,
      'there is no publishing or subscription data in settings',
    );
  }
  return settings.setMetric(new definition.Metric().setOn(false));
}

/** Always exponential, whatever the group's policy is: the Node client knows no other. */
function groupBackoff(group: GroupConfig): RetryPolicy {
  const said = groupPolicySchema.safeParse(group.groupRetryPolicy);
  const { initial, max, multiplier } = said.data?.exponentialRetryPolicy ?? usualBackoff;
  return exponential({ attempts: group.retryMaxTimes + 1, initialMs: initial, maxMs: max, multiplier });
}

function exponential(policy: {
  attempts: number;
  initialMs: number;
  maxMs: number;
  multiplier: number;
}): RetryPolicy {
  return new definition.RetryPolicy()
    .setMaxAttempts(policy.attempts)
    .setExponentialBackoff(
      new definition.ExponentialBackoff()
        .setInitial(duration(policy.initialMs))
        .setMax(duration(policy.maxMs))
        .setMultiplier(policy.multiplier),
    );
}
