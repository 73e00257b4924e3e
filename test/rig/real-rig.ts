/** A real RocketMQ whose broker others kill. */
import { once } from 'node:events';
import type { KillRig } from '../conformance/kill-suite.js';
import type { RealRocketmq } from './rocketmq.js';

export const killable = (rocketmq: RealRocketmq): KillRig => ({
  nameserver: rocketmq.nameserver,
  brokerPid: () => {
    const { pid } = rocketmq.brokerProcess;
    if (pid === undefined) throw new Error('the broker has no process');
    return pid;
  },
  brokerEnded: () => once(rocketmq.brokerProcess, 'exit'),
  startBroker: () => rocketmq.startBroker(),
});
