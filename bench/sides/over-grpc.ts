/** Ways through a gRPC proxy: ours, and the official client's plain calls. */
import { Told } from '../far-end/told.js';
import { topicCount } from '../far-end/topic.js';
import type { NamedSide, Stage } from '../scenario.js';
import { fresh } from './fresh.js';
import type { IntoTopic } from './into-topic.js';
import { runProgram, startProgram, type Program } from './program.js';
import { transfer } from './transfer.js';

/** Runs the program with `{endpoints, topic, count, bytes, queues}`. */
export function sendOverGrpc(
  name: string,
  program: Program,
  { places }: Stage,
  { queues, ...of }: IntoTopic,
): NamedSide {
  return {
    name,
    open: async () => {
      const { cluster } = await places.rocketmq();
      const { endpoints, pids } = await places.grpc();
      return {
        run: async () => {
          const topic = fresh(name);
          await cluster.admin.createTopic({ topic, queues });
          return transfer({
            start: () => startProgram(program, { endpoints, topic, queues, ...of }),
            brokerPids: pids,
            count: topicCount(cluster.admin, topic),
            total: of.count,
            recordBytes: of.bytes,
            endsItself: true,
          });
        },
      };
    },
  };
}

/** Runs the program with `{endpoints, topic, group, count}` on a topic that was filled over the wire. */
export function receiveOverGrpc(name: string, program: Program, { places }: Stage, of: IntoTopic): NamedSide {
  return {
    name,
    open: async () => {
      const { cluster, nameserver } = await places.rocketmq();
      const { endpoints, pids } = await places.grpc();
      return {
        run: async () => {
          const topic = fresh(name);
          const group = fresh(name);
          await cluster.admin.createTopic({ topic, queues: of.queues });
          await cluster.admin.createGroup(group);
          await runProgram('bare-send', { nameserver, topic, ...of });
          const says = new Told();
          return transfer({
            start: () =>
              startProgram(program, { endpoints, topic, group, count: of.count }, (text) => {
                says.take(text);
              }),
            brokerPids: pids,
            count: says.count,
            total: of.count,
            recordBytes: of.bytes,
            endsItself: true,
          });
        },
      };
    },
  };
}
