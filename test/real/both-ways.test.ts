import { connectGrpcCluster } from '../../src/rocketmq/grpc/connect.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { bothWaysSuite, type ReachableServer } from '../conformance/both-ways.js';
import { startRocketmq } from '../rig/rocketmq.js';
import { startProxy } from '../rig/rocketmq/proxy.js';

async function real(way: 'remoting' | 'grpc'): Promise<ReachableServer> {
  const rocketmq = await startRocketmq({ name: `both-${way}` });
  const proxy = way === 'grpc' ? await startProxy(rocketmq) : null;
  const maker = connectCluster({ nameservers: [rocketmq.nameserver] });
  return {
    connect: () =>
      proxy === null
        ? connectCluster({ nameservers: [rocketmq.nameserver] })
        : connectGrpcCluster({ endpoints: [proxy.endpoint] }),
    makeTopic: (topic) => maker.admin.createTopic({ topic, queues: 4 }),
    makeGroup: (group) => maker.admin.createGroup(group),
    close: async () => {
      await maker.close();
      await proxy?.stop();
      await rocketmq.stop();
    },
  };
}

bothWaysSuite('a real RocketMQ over the wire protocol', () => real('remoting'));
bothWaysSuite('a real RocketMQ through its proxy', () => real('grpc'));
