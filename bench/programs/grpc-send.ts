/** Sends batches over gRPC with the producer that the worker uses, one in flight a lane. */
import { connectGrpcCluster } from '../../src/rocketmq/grpc/connect.js';
import { argument } from './argument.js';
import { bareSend, type BareSend } from './bare.js';

const { endpoints, ...send } = argument() as BareSend & { endpoints: string };
const cluster = connectGrpcCluster({ endpoints: [endpoints] });
await bareSend(cluster, send);
await cluster.close();
