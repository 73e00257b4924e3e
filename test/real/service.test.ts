/** The worker as a service on a real RocketMQ: the same life by both families of routes. */
import { after, before, describe, test } from 'node:test';
import { lifeOfKafka, lifeOfRocketmq } from '../api/whole-life.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';

describe('the life of connectors by REST on a real RocketMQ', () => {
  let rocketmq: RealRocketmq;
  before(async () => {
    rocketmq = await startRocketmq({ name: 'service' });
  });
  after(() => rocketmq.stop());
  const args = (): readonly string[] => ['--set', `rocketmq.nameserver=${rocketmq.nameserver}`];

  test('in the shapes of Kafka Connect', (t) => lifeOfKafka(t, args()));
  test('in those of Apache RocketMQ Connect', (t) => lifeOfRocketmq(t, args()));
});
