import type { ServerResponse } from 'node:http';
import type { Listener, Taps } from '../../worker/flow/taps.js';
import { EventStream } from '../event-stream.js';

/** What a client may have waiting; one that reads no faster misses records, and slows nothing. */
const mostWaitingBytes = 256 * 1024;

/** Writes records to the client as they pass, until it goes, or the connector does. */
export function streamTap(
  taps: Taps,
  listener: Pick<Listener, 'stage' | 'perSecond'>,
  response: ServerResponse,
  closed: AbortSignal,
): void {
  const stream = new EventStream(response, closed, 'listening');
  const close = taps.open({
    ...listener,
    hasRoom: () => stream.waitingBytes < mostWaitingBytes,
    heard: (record) => {
      stream.send(record);
    },
    ended: () => {
      stream.end();
    },
  });
  closed.addEventListener('abort', close, { once: true });
}
