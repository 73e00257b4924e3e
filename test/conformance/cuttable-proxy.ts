import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { parseAddress } from '../../src/rocketmq/remoting/connection.js';

/** Passes bytes on to a server, until its connections are cut, or fall silent. */
export class CuttableProxy {
  readonly address: string;
  readonly #close: () => Promise<void>;
  readonly #sockets: Set<Socket>;

  private constructor(address: string, sockets: Set<Socket>, close: () => Promise<void>) {
    this.address = address;
    this.#sockets = sockets;
    this.#close = close;
  }

  static async before(target: string): Promise<CuttableProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(parseAddress(target));
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
        // 'close' follows, and ends the other side.
        socket.on('error', () => undefined);
      }
      client.pipe(upstream);
      upstream.pipe(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new CuttableProxy(`127.0.0.1:${port}`, sockets, async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    });
  }

  /** Ends all connections, without a word; new ones can be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nothing goes to and fro over the connections that there are, and nobody is told. */
  hush(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}
