import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import {
  encodeFrame,
  flagResponse,
  FrameReader,
  type Frame,
} from '../../src/rocketmq/remoting/codec/frame.js';
import { parseAddress } from '../../src/rocketmq/remoting/connection.js';

/**
 * What becomes of a request:
 * - `pass`: the broker gets it
 * - `answer`: it does not, and the client gets this answer
 * - `cut`: half of its bytes reach the broker, then the connection is cut
 * - `mute`: the broker gets it, and the connection is cut in the middle of the answer
 * - `late`: the client's side is cut; the broker gets it, and the end of the connection, only at `deliver`
 */
export type Fate =
  | 'late'
  | 'pass'
  | 'cut'
  | 'mute'
  | { readonly code: number; readonly remark: string; readonly extFields?: Readonly<Record<string, string>> };

/** Stands before a broker, and decides over each request. */
export class FaultyProxy {
  readonly address: string;
  /** Asked of each request. */
  fate: (frame: Frame) => Fate = () => 'pass';
  readonly #sockets = new Set<Socket>();
  readonly #late: (() => void)[] = [];
  readonly #close: () => Promise<void>;

  private constructor(address: string, close: () => Promise<void>) {
    this.address = address;
    this.#close = close;
  }

  static async before(target: string): Promise<FaultyProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = new FaultyProxy(`127.0.0.1:${port}`, async () => {
      server.close();
      proxy.cut();
      if (server.listening) await once(server, 'close');
    });
    server.on('connection', (client) => {
      proxy.#carry(client, target);
    });
    return proxy;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Has the broker get what is late. */
  deliver(): void {
    for (const deliver of this.#late.splice(0)) deliver();
  }

  close(): Promise<void> {
    return this.#close();
  }

  #carry(client: Socket, target: string): void {
    const upstream = connect(parseAddress(target));
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined); // 'close' follows, and ends the other side.
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        if (!isLate) upstream.destroy();
      });
    }
    const reader = new FrameReader();
    let muted = false;
    let isLate = false;
    client.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) {
        const fate = this.fate(frame);
        const bytes = Buffer.concat(encodeFrame(frame.header, frame.body));
        if (fate === 'late') {
          isLate = true;
          this.#late.push(() => upstream.end(bytes));
          client.destroy();
          return;
        }
        if (fate === 'cut') {
          upstream.end(bytes.subarray(0, bytes.length >> 1));
          client.destroy();
          return;
        }
        if (typeof fate === 'object') {
          const header = { ...frame.header, flag: flagResponse, extFields: {}, ...fate };
          client.write(Buffer.concat(encodeFrame(header, [])));
          continue;
        }
        if (fate === 'mute') muted = true;
        upstream.write(bytes);
      }
    });
    upstream.on('data', (chunk: Buffer) => {
      if (!muted) {
        client.write(chunk);
        return;
      }
      client.end(chunk.subarray(0, chunk.length >> 1), () => client.destroy());
    });
  }
}
