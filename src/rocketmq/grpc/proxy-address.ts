import { isIPv4, isIPv6 } from 'node:net';
import { RocketmqError } from '../errors.js';
import { AddressScheme, Endpoints } from './client-package.js';

export interface ProxyAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port`, IPv6 in brackets. Throws `invalid`. */
export function parseProxyAddress(text: string): ProxyAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) {
    throw new RocketmqError('invalid', `${text} is not the address of a proxy; write host:port`);
  }
  return { host, port: Number(port) };
}

export function addressText({ host, port }: ProxyAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * What the client calls endpoints. rocketmq-client-nodejs 1.0.8 splits text at the first colon, which
 * breaks IPv6; given the parts it does not. Can go when it parses `[::1]:8081`.
 */
export function endpointsOf(addresses: readonly ProxyAddress[]): Endpoints {
  const hosts = addresses.map(({ host }) => host);
  const scheme = hosts.every(isIPv4)
    ? AddressScheme.IPV4
    : hosts.every(isIPv6)
      ? AddressScheme.IPV6
      : AddressScheme.DOMAIN_NAME;
  return new Endpoints({ scheme, addressesList: addresses.map(({ host, port }) => ({ host, port })) });
}

/** The name gRPC resolves: with its scheme, so that an address is never taken for a name. */
export function grpcTarget(address: ProxyAddress): string {
  if (isIPv4(address.host)) return `ipv4:${addressText(address)}`;
  return isIPv6(address.host) ? `ipv6:${addressText(address)}` : `dns:${addressText(address)}`;
}
