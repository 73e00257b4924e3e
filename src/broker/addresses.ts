/** An IPv4 client of a socket for both families shows as ::ffff:1.2.3.4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
}

export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** Of what is a host or an address; Node's own look costs some ms the first time. */
function isIPv6(host: string): boolean {
  return host.includes(':');
}

/** An address and a port as they are stored in messages. */
export function hostBytes(address: string, port: number): Buffer {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : address.split('.').map(Number);
  const buffer = Buffer.alloc(bytes.length + 4);
  buffer.set(bytes);
  buffer.writeInt32BE(port, bytes.length);
  return buffer;
}

function ipv6Bytes(address: string): number[] {
  const [left = '', right] = address.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const head = words(left);
  const tail = right === undefined ? [] : words(right);
  const zeros = Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0);
  return [...head, ...zeros, ...tail].flatMap((word) => [word >> 8, word & 0xff]);
}
