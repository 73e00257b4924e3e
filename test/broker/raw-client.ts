import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { encodeFrame, FrameReader, type Frame } from '../../src/rocketmq/remoting/codec/frame.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

export interface Reply {
  readonly code: number;
  readonly remark: string | null | undefined;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Fields = Readonly<Record<string, string | number | boolean>>;

/** Speaks to a broker in single frames. */
export class RawClient {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, (frame: Frame) => void>();
  #nextOpaque = 1;
  /** Requests the broker sent on its own. */
  readonly told: Frame[] = [];
  readonly closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#reader.push(chunk)) this.#got(frame);
    });
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  async ask(code: number, fields: Fields = {}, body?: Buffer | object): Promise<Reply> {
    const frame = await new Promise<Frame>((resolve) => {
      this.#waiting.set(this.#nextOpaque, resolve);
      this.send(code, fields, body);
    });
    const { header } = frame;
    return { code: header.code, remark: header.remark, fields: header.extFields ?? {}, body: frame.body };
  }

  /** Sends without waiting for an answer. */
  send(code: number, fields: Fields = {}, body: Buffer | object = Buffer.alloc(0), flag = 0): void {
    const extFields = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, String(value)]),
    );
    const header = { code, language: 'OTHER', version: 401, opaque: this.#nextOpaque++, flag, extFields };
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    for (const part of encodeFrame(header, bytes)) this.#socket.write(part);
  }

  close(): void {
    this.#socket.destroy();
  }

  #got(frame: Frame): void {
    if ((frame.header.flag & 1) === 0) {
      this.told.push(frame);
      return;
    }
    this.#waiting.get(frame.header.opaque)?.(frame);
    this.#waiting.delete(frame.header.opaque);
  }
}

type Options = Omit<Parameters<typeof startEmbeddedBroker>[0], 'dir'>;

/** A broker in a folder of its own and a client of it, both gone when the test ends. */
export async function startForTest(
  context: TestContext,
  options: Options = {},
): Promise<{ broker: EmbeddedBroker; client: RawClient; dir: string; connect: () => Promise<RawClient> }> {
  const dir = await temporaryFolder(context);
  const broker = await startEmbeddedBroker({ dir, ...options });
  atEnd(context, () => broker.close());
  const connect = (): Promise<RawClient> => connectForTest(context, broker.port);
  return { broker, client: await connect(), dir, connect };
}

export async function connectForTest(context: TestContext, port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  atEnd(context, () => {
    client.close();
  });
  return client;
}

export async function createTopic(client: RawClient, topic: string, queues = 2): Promise<void> {
  const reply = await client.ask(17, {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
  });
  if (reply.code !== 0) throw new Error(reply.remark ?? `code ${reply.code}`);
}

export function properties(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');
}

export const sendFields = (topic: string, queueId: number, more: Fields = {}): Fields => ({
  a: 'test-producer',
  b: topic,
  c: 'TBW102',
  d: 4,
  e: queueId,
  f: 0,
  g: 1_700_000_000_000,
  h: 0,
  j: 0,
  k: false,
  l: 0,
  m: false,
  ...more,
});

export async function sendOne(
  client: RawClient,
  topic: string,
  queueId: number,
  body: string,
  pairs: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return await client.ask(310, sendFields(topic, queueId, { i: properties(pairs) }), Buffer.from(body));
}

export const pullFields = (
  group: string,
  topic: string,
  queueId: number,
  offset: number,
  more: Fields = {},
): Fields => ({
  consumerGroup: group,
  topic,
  queueId,
  queueOffset: offset,
  maxMsgNums: 32,
  sysFlag: 4,
  commitOffset: 0,
  suspendTimeoutMillis: 0,
  subVersion: 0,
  subscription: '*',
  expressionType: 'TAG',
  ...more,
});
