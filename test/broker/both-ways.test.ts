import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { connectGrpcCluster } from '../../src/rocketmq/grpc/connect.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { bothWaysSuite, type ReachableServer } from '../conformance/both-ways.js';

async function embedded(way: 'remoting' | 'grpc'): Promise<ReachableServer> {
  const dir = await mkdtemp(join(tmpdir(), 'rmq-connect-broker-'));
  const broker = await startEmbeddedBroker({
    dir,
    ...(way === 'grpc' && { grpcPort: 0, grpcMakesTopics: false }),
  });
  const maker = connectCluster({ nameservers: [broker.address] });
  return {
    connect: () =>
      broker.endpoints === undefined
        ? connectCluster({ nameservers: [broker.address] })
        : connectGrpcCluster({ endpoints: [broker.endpoints] }),
    makeTopic: (topic) => maker.admin.createTopic({ topic, queues: 4 }),
    makeGroup: (group) => maker.admin.createGroup(group),
    close: async () => {
      await maker.close();
      await broker.close();
      await rm(dir, { recursive: true });
    },
  };
}

bothWaysSuite('the embedded broker over the wire protocol', () => embedded('remoting'));
bothWaysSuite('the embedded broker over gRPC', () => embedded('grpc'));
