import net, { type Server } from 'node:net';

export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Resolves when the server accepts connections; with the port it got. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      reject(new ListenError(`the broker cannot listen at ${host}:${port}: ${why}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  server.removeAllListeners('error');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}
