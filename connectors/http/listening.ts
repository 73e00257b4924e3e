import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { ConnectorError, errorText, type ConnectorErrorCode } from '../../src/sdk/index.js';

/** Has a server listen on `port` or `host:port`. Throws where it cannot. */
export async function listening(server: Server, listen: string): Promise<void> {
  const { host, port } = placeOf(listen);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const why = errorText(cause);
    const [code, hint] = whyNot(cause);
    throw new ConnectorError(code, `the server cannot listen on ${host}:${port}: ${why}`, { cause, hint });
  }
}

/** A port that is taken may be free later. */
function whyNot(cause: unknown): readonly [ConnectorErrorCode, string] {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EACCES')
    return ['denied', 'choose a port from 1024 on in listen, or let the user have this one'];
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EINVAL')
    return ['config', 'correct the host in listen: it is none of this machine; 0.0.0.0 takes all it has'];
  return ['unavailable', 'choose another port in listen, or end what uses it'];
}

export function placeOf(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(':');
  const host = colon < 0 ? '127.0.0.1' : listen.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(listen.slice(colon + 1)) };
}

/** Throws where nobody could listen there. */
export async function portIsFree(listen: string): Promise<void> {
  const server = createServer();
  await listening(server, listen);
  const closed = once(server, 'close');
  server.close();
  await closed;
}
