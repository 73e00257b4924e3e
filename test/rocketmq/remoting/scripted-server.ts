import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { encodeFrame, flagResponse, FrameReader } from '../../../src/rocketmq/remoting/codec/frame.js';
import type { FrameHeader } from '../../../src/rocketmq/remoting/codec/frame-header.js';

export interface Received {
  readonly header: FrameHeader;
  readonly body: Buffer;
  readonly socket: Socket;
}

/** A server for faults no real broker shows on demand: `script` is called with each request. */
export async function scriptedServer(
  context: TestContext,
  script: (request: Received) => void,
): Promise<{ address: string; connections: () => number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    const frames = new FrameReader();
    socket.on('error', () => undefined); // The client's end may go first; that is no concern of the script.
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) script({ ...frame, socket });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, connections: () => connections };
}

export function answerFrame(
  to: FrameHeader,
  changes: Partial<FrameHeader> = {},
  body = Buffer.alloc(0),
): Buffer {
  const header = {
    code: 0,
    opaque: to.opaque,
    flag: flagResponse,
    language: 'JAVA',
    version: 513,
    ...changes,
  };
  return Buffer.concat(encodeFrame(header, body));
}

/** An address where nobody listens. */
export async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}
