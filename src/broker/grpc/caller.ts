import type { Metadata } from '@grpc/grpc-js';
import { hostBytes, plainAddress } from '../addresses.js';

/** Who makes a call. */
export interface Caller {
  /** Empty where the client does not say. */
  readonly clientId: string;
  /** As it says: `JAVA`, `NODE_JS`. */
  readonly language: string;
  /** Address and port. */
  readonly address: string;
  /** The same, as it is stored in messages. */
  readonly host: Buffer;
}

const hosts = new Map<string, Buffer>();
const mostHosts = 10_000;

export function callerOf(call: { metadata: Metadata; getPeer(): string }): Caller {
  const [clientId = ''] = call.metadata.get('x-mq-client-id');
  const [language = 'OTHER'] = call.metadata.get('x-mq-language');
  const address = call.getPeer();
  let host = hosts.get(address);
  if (host === undefined) {
    if (hosts.size >= mostHosts) hosts.clear();
    hosts.set(address, (host = bytesOf(address)));
  }
  return { clientId: clientId.toString(), language: language.toString(), address, host };
}

/** `1.2.3.4:5` or `[::1]:5`; what is neither counts as no address. */
function bytesOf(address: string): Buffer {
  const at = address.lastIndexOf(':');
  const host = plainAddress(address.slice(0, at).replace(/^\[|\]$/g, ''));
  const port = Number(address.slice(at + 1));
  return at > 0 && Number.isInteger(port) ? hostBytes(host, port) : hostBytes('0.0.0.0', 0);
}
