/** Loaded only where gRPC is asked for: importing all of it takes some tenths of a second. */
import net from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import serviceDefinition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import type { Broker } from '../broker.js';
import { messageOf } from '../broker-log.js';
import type { DelayedMessages } from '../delayed-messages.js';
import { bracketed, hostBytes } from '../addresses.js';
import { listen, ListenError } from '../server/listen.js';
import { Deliveries } from './deliveries/deliveries.js';
import { WaitingReceivers } from './deliveries/waiting-receivers.js';
import type { GrpcBroker } from './grpc-broker.js';
import { allowLongDeadlines } from './long-deadlines.js';
import { Members } from './members.js';
import { messagingService } from './messaging-service.js';
import { TelemetrySessions } from './telemetry.js';

export interface GrpcServer {
  /** `host:port`, for clients on this machine. */
  readonly endpoints: string;
  /** Answers the calls that wait, and ends all. */
  close(): Promise<void>;
}

/** Calls that are not over by themselves after so long are cancelled. */
const patienceMs = 500;

/** A message of 4 MiB with its properties, or a batch of them. */
const maxRequestBytes = 64 * 1024 * 1024;

/**
 * Serves RocketMQ's gRPC protocol (apache.rocketmq.v2), without TLS, as a proxy does, on the queues and
 * offsets of this broker. Port 0 takes a free one. Throws `ListenError`.
 */
export async function startGrpcServer(
  broker: Broker,
  delayed: DelayedMessages,
  at: { readonly host: string; readonly port: number; readonly makesTopics: boolean },
): Promise<GrpcServer> {
  const server = new Server({ 'grpc.max_receive_message_length': maxRequestBytes });
  const { host } = at;
  const port = await bind(server, host, at.port);
  if (!allowLongDeadlines(server)) {
    broker.log.warn('calls with a deadline of more than 24 days end at once: grpc-js is built otherwise');
  }
  const deliveries = new Deliveries(broker);
  const members = new Members(broker);
  const grpc: GrpcBroker = {
    broker,
    host,
    port,
    makesTopics: at.makesTopics,
    storeHost: hostBytes(net.isIP(host) === 0 ? '127.0.0.1' : host, broker.port),
    delayed,
    deliveries,
    receivers: new WaitingReceivers(deliveries, broker.heldPulls),
    members,
    sessions: new TelemetrySessions(members),
  };
  server.addService(serviceDefinition.MessagingServiceService, messagingService(grpc));
  return {
    endpoints: `${bracketed(host)}:${port}`,
    close: async () => {
      grpc.receivers.close();
      grpc.sessions.close();
      await shutDown(server);
    },
  };
}

/** Cancelled calls make clients that are just closing throw, so calls are ended in peace where they can be. */
async function shutDown(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const impatient = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, patienceMs);
    server.tryShutdown((error) => {
      clearTimeout(impatient);
      if (error !== undefined) server.forceShutdown();
      resolve();
    });
  });
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  if (port !== 0) await refuseTaken(host, port);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${bracketed(host)}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
        return;
      }
      const message = `the broker cannot listen at ${host}:${port}: ${messageOf(error)}`;
      reject(new ListenError(message, { cause: error }));
    });
  });
}

/** grpc-js would write of its own to the standard error, and say less. */
async function refuseTaken(host: string, port: number): Promise<void> {
  const probe = net.createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}
