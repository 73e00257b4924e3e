import { isIPv6 } from 'node:net';
import type { Complaint } from './names.js';

const defaultNameserverPort = 9876;
const defaultProxyPort = 8081;

export type Addresses = { addresses: readonly string[] } | { complaint: Complaint };

/** The name servers in one text: `host:port`, several with `;` between them; the port may be left out. */
export function parseNameservers(text: string): Addresses {
  return parseSeveral(text, defaultNameserverPort);
}

/** The gRPC proxies in one text, written like name servers. */
export function parseEndpoints(text: string): Addresses {
  return parseSeveral(text, defaultProxyPort);
}

function parseSeveral(text: string, defaultPort: number): Addresses {
  const addresses: string[] = [];
  for (const part of text.split(';').map((one) => one.trim())) {
    if (part === '' && addresses.length > 0) continue;
    const parsed = parseAddress(part, defaultPort);
    if ('complaint' in parsed) return parsed;
    addresses.push(parsed.address);
  }
  return { addresses };
}

/** `host:port`, IPv6 in brackets. Without `defaultPort` the port must be there. */
export function parseAddress(
  text: string,
  defaultPort?: number,
): { address: string } | { complaint: Complaint } {
  const hint =
    defaultPort === undefined ? 'write host:port' : `write host:port, like 127.0.0.1:${defaultPort}`;
  const wrong = (message: string, instead = hint): { complaint: Complaint } => ({
    complaint: { message, hint: instead },
  });
  if (text === '') return wrong('has an empty address');
  if (text.includes('://')) return wrong('must be an address, not a URL');
  if (isIPv6(text))
    return wrong(
      'has an IPv6 address without brackets',
      `write [::1]:${defaultPort ?? defaultNameserverPort}`,
    );
  const [, host = '', port] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/s.exec(text) ?? [];
  if (host === '') return wrong('has an address that is not host:port');
  if (host.startsWith('[') ? !isIPv6(host.slice(1, -1)) : !isHost(host)) {
    return wrong('has a host that is neither a name nor an IP address');
  }
  if (port === undefined) {
    return defaultPort === undefined ? wrong('has no port') : { address: `${host}:${defaultPort}` };
  }
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) return wrong('has a port that is not between 1 and 65535');
  return { address: `${host}:${number}` };
}

/** RFC 1123 labels and underscores; numbers alone must be an IPv4 address. */
function isHost(host: string): boolean {
  if (host.length > 253) return false;
  if (/^[\d.]+$/.test(host)) {
    const parts = host.split('.');
    return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  }
  return host.split('.').every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
}
