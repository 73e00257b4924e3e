import type { ServerResponse } from 'node:http';
import type { Listener, Taps } from '../../worker/flow/taps.js';

/** What a client may have waiting; one that reads no faster misses records, and slows nothing. */
const mostWaitingBytes = 256 * 1024;
const breatheEveryMs = 15_000;

/** Writes records to the client as they pass, until it goes, or the connector does. */
export function streamTap(
  taps: Taps,
  listener: Pick<Listener, 'stage' | 'perSecond'>,
  response: ServerResponse,
  closed: AbortSignal,
): void {
  // Tells the client that it is heard, before the first record.
  response.write(': listening\n\n');
  const close = taps.open({
    ...listener,
    hasRoom: () => response.writableLength < mostWaitingBytes,
    heard: (record) => response.write(`data: ${JSON.stringify(record)}\n\n`),
    ended: () => {
      end();
    },
  });
  const breathing = setInterval(() => response.write(': still here\n\n'), breatheEveryMs);
  const end = (): void => {
    closed.removeEventListener('abort', end);
    clearInterval(breathing);
    close();
    response.end();
  };
  closed.addEventListener('abort', end, { once: true });
}
