import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { BrokerMeters } from './broker-meters.js';
import type { Broker } from './broker.js';
import { messageOf, silentLog, type BrokerLog } from './broker-log.js';
import { Clients } from './clients.js';
import { ConsumerOffsets } from './consumer-offsets.js';
import { DelayedMessages } from './delayed-messages.js';
import { Groups } from './groups.js';
import { HeldPulls } from './held-pulls.js';
import { Meters } from './meter.js';
import { QueueLocks } from './queue-locks.js';
import { requestCode } from './requests/codes.js';
import { Connection } from './server/connection.js';
import { bracketed } from './addresses.js';
import { dispatch } from './server/dispatch.js';
import { isLoopback, listen, ListenError } from './server/listen.js';
import { MessageStore, type Retention } from './storage/message-store.js';
import { acquireLock, type Lock } from '../store/lock.js';
import { Topics } from './topics.js';

export interface EmbeddedBrokerOptions {
  /** Where the messages and all else are kept; made where there is none. */
  readonly dir: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Where gRPC clients are served as well; 0 takes a free one. Default: nowhere. */
  readonly grpcPort?: number;
  /** Whether a topic is made when a gRPC client asks for it. Default true; a proxy of RocketMQ makes none. */
  readonly grpcMakesTopics?: boolean;
  readonly log?: BrokerLog;
  /** Default: 10 GiB and 72 hours. Whole segments go, so somewhat more is kept. */
  readonly retention?: Retention;
  /** About how large a file of the log gets. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Whether others than this machine may reach it: anyone who can may do anything with it. */
  readonly allowRemote?: boolean;
}

export interface EmbeddedBroker {
  /** `host:port`, for clients on this machine: name server and broker in one. */
  readonly address: string;
  readonly port: number;
  /** `host:port` for gRPC clients on this machine; undefined where they are not served. */
  readonly endpoints?: string;
  /** Ends all connections and brings everything to the disk. */
  close(): Promise<void>;
}

const cluster = 'DefaultCluster';
const brokerName = 'embedded';
const defaultRetention: Retention = { maxBytes: 10 * 1024 ** 3, maxAgeMs: 72 * 3_600_000 };
const defaultSegmentBytes = 64 * 1024 * 1024;
/** Rates by topic and group are sampled every 10 s and looked back at for a minute. */
const samplesKept = 7;

/**
 * Starts a broker and name server in this process, for first runs, tests and development: one copy of the
 * messages, on this disk. A send is answered when the operating system has the messages, so they outlive
 * this process; they are brought to the disk every second and at close.
 * Throws `LockedError` when the folder is in use, `StoreError` when it is damaged, `ListenError` when it cannot listen.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host) && options.allowRemote !== true) {
    throw new ListenError(
      `the embedded broker has no protection and listens on this machine only; ${host} must be allowed explicitly`,
    );
  }
  mkdirSync(options.dir, { recursive: true });
  const lock = await acquireLock(path.join(options.dir, 'lock.json'), 'an embedded broker');
  const server = net.createServer();
  let parts: Parts | undefined;
  let broker: Broker;
  let delayed: DelayedMessages;
  try {
    parts = openParts(options);
    const port = await listen(server, host, options.port ?? 0);
    broker = { ...parts, port, startedAt: Date.now() };
    delayed = new DelayedMessages(broker);
  } catch (error) {
    server.close();
    // Whatever becomes of the store: its owner must hear of what stopped the start.
    await parts?.store.close().catch(() => undefined);
    await lock.release();
    throw error;
  }
  const running = run(broker, delayed, { server, host, lock });
  return options.grpcPort === undefined
    ? running
    : withGrpc(running, broker, delayed, {
        host,
        port: options.grpcPort,
        makesTopics: options.grpcMakesTopics ?? true,
      });
}

async function withGrpc(
  running: EmbeddedBroker,
  broker: Broker,
  delayed: DelayedMessages,
  at: { host: string; port: number; makesTopics: boolean },
): Promise<EmbeddedBroker> {
  try {
    const { startGrpcServer } = await import('./grpc/grpc-server.js');
    const grpc = await startGrpcServer(broker, delayed, at);
    const close = async (): Promise<void> => {
      await grpc.close();
      await running.close();
    };
    return { ...running, endpoints: grpc.endpoints, close };
  } catch (error) {
    await running.close();
    throw error;
  }
}

type Parts = Omit<Broker, 'port' | 'startedAt'>;

function openParts(options: EmbeddedBrokerOptions): Parts {
  const folder = path.resolve(options.dir);
  const log = options.log ?? silentLog;
  const retention = options.retention ?? defaultRetention;
  const topics = new Topics(path.join(folder, 'topics.json'));
  const groups = new Groups(path.join(folder, 'groups.json'));
  const offsets = new ConsumerOffsets(
    path.join(folder, 'offsets.json'),
    (topic) => topics.find(topic) !== undefined,
    (error) => {
      log.error(`the consumer offsets were not written: ${messageOf(error)}`);
    },
  );
  const segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
  return {
    cluster,
    name: brokerName,
    folder,
    retention,
    log,
    topics,
    groups,
    offsets,
    store: MessageStore.open(folder, topics.stored(), { segmentBytes, retention }, log),
    clients: new Clients((group, members) => {
      for (const peer of members) {
        peer.tell(requestCode.notifyMembersChanged, { consumerGroup: group });
      }
    }),
    locks: new QueueLocks(),
    heldPulls: new HeldPulls(({ connection, frame }) => {
      connection.enqueue(frame);
    }),
    keyValues: new Map(),
    meters: new BrokerMeters(),
    topicMeters: new Meters(samplesKept),
    groupMeters: new Meters(samplesKept),
  };
}

function run(
  broker: Broker,
  delayed: DelayedMessages,
  { server, host, lock }: { server: net.Server; host: string; lock: Lock },
): EmbeddedBroker {
  const connections = new Set<Connection>();
  server.on('connection', (socket) => {
    const connection = new Connection(
      socket,
      {
        frame: (from, frame) => {
          dispatch(from, frame, broker);
        },
        closed: (gone) => {
          connections.delete(gone);
          broker.heldPulls.connectionClosed(gone);
          broker.clients.peerGone(gone);
        },
      },
      broker.log,
    );
    connections.add(connection);
  });
  server.on('error', (error) => {
    broker.log.error(`the broker's listener failed: ${messageOf(error)}`);
  });
  const stopChores = startChores(broker);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopChores();
    broker.heldPulls.close();
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of connections) connection.destroy();
    await closed;
    // Each has its turn, whatever becomes of the others; the store last, as they look into it.
    await delayed
      .close()
      .finally(() => broker.offsets.close())
      .finally(() => broker.store.close())
      .finally(() => lock.release());
  };
  return {
    address: `${bracketed(host)}:${broker.port}`,
    port: broker.port,
    close: () => (closing ??= close()),
  };
}

/** What is done from time to time. Returns what ends it. */
function startChores(broker: Broker): () => void {
  const everySecond = setInterval(() => {
    broker.meters.sample(Date.now());
    if (!broker.store.dirty) return;
    broker.store.sync().catch((error: unknown) => {
      broker.log.error(`the messages were not brought to the disk: ${messageOf(error)}`);
    });
  }, 1_000);
  const everyTenSeconds = setInterval(() => {
    const now = Date.now();
    broker.topicMeters.sample(now);
    broker.groupMeters.sample(now);
    broker.clients.removeSilent(now);
    try {
      broker.store.retain(now);
    } catch (error) {
      broker.log.error(`old messages were not removed: ${messageOf(error)}`);
    }
  }, 10_000);
  return () => {
    clearInterval(everySecond);
    clearInterval(everyTenSeconds);
  };
}
