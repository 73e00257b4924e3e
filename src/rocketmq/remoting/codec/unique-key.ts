import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';

/** Writes a new key, `uniqueKeyBytes` of ASCII, into a buffer that has room for it. */
export type WriteUniqueKey = (out: Buffer, at: number) => void;

export const uniqueKeyBytes = 32;
const counterBytes = 4;

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
export function uniqueKeys(): WriteUniqueKey {
  const prefix = Buffer.concat([hostAddress(), Buffer.alloc(2), randomBytes(4), Buffer.alloc(4)]);
  prefix.writeUInt16BE(process.pid & 0xffff, 4);
  let month = monthOf(Date.now());
  let time = 0;
  /** All but the counter, as of `time`. */
  const fixed = Buffer.alloc(uniqueKeyBytes - counterBytes);
  let counter = 0;
  return (out, at) => {
    // A clock that is set back must not give the same keys again.
    const now = Math.max(Date.now(), time);
    if (now !== time) {
      if (now >= month.end || now < month.start) month = monthOf(now);
      time = now;
      prefix.writeUInt32BE(now - month.start, prefix.length - 4);
      fixed.write(prefix.toString('hex').toUpperCase(), 'latin1');
    }
    counter = (counter + 1) & 0xffff;
    out.set(fixed, at);
    const end = at + uniqueKeyBytes;
    for (let rest = counter, index = end - 1; index >= end - counterBytes; index--, rest >>= 4) {
      const digit = rest & 0xf;
      out[index] = digit < 10 ? 0x30 + digit : 0x37 + digit;
    }
  };
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
