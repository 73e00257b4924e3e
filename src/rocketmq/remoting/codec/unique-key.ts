import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';

/**
 * Makes values for UNIQ_KEY, laid out as Java clients lay them out, so that tools can read the host and
 * the time from them (org.apache.rocketmq.common.message.MessageClientIDSetter), in upper-case hex:
 *
 *     4 bytes  IPv4 address of the host, random where it has none
 *     2 bytes  process id
 *     4 bytes  random (Java: hash of the class loader)
 *     4 bytes  milliseconds since the local month began
 *     2 bytes  counter
 */
export function uniqueKeys(): () => string {
  const prefix = Buffer.concat([hostAddress(), Buffer.alloc(2), randomBytes(4)]);
  prefix.writeUInt16BE(process.pid & 0xffff, 4);
  const fixed = hex(prefix);
  let month = monthOf(Date.now());
  let at = 0;
  let time = '';
  let counter = 0;
  return () => {
    // A clock that is set back must not give the same keys again.
    const now = Math.max(Date.now(), at);
    if (now !== at) {
      if (now >= month.end || now < month.start) month = monthOf(now);
      at = now;
      time = fixed + (now - month.start).toString(16).toUpperCase().padStart(8, '0');
    }
    counter = (counter + 1) & 0xffff;
    return time + (0x10000 + counter).toString(16).slice(1).toUpperCase();
  };
}

function hex(data: Buffer): string {
  return data.toString('hex').toUpperCase();
}

function monthOf(time: number): { start: number; end: number } {
  const date = new Date(time);
  return {
    start: new Date(date.getFullYear(), date.getMonth(), 1).getTime(),
    end: new Date(date.getFullYear(), date.getMonth() + 1, 1).getTime(),
  };
}

function hostAddress(): Buffer {
  for (const addresses of Object.values(networkInterfaces())) {
    const outward = addresses?.find((address) => address.family === 'IPv4' && !address.internal);
    if (outward !== undefined) return Buffer.from(outward.address.split('.').map(Number));
  }
  return randomBytes(4);
}
