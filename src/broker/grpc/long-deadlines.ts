import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** What a timer can wait, and what grpc-js keeps a deadline in: 31 bits of milliseconds. */
const longestMs = 2 ** 31 - 1;
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 };

/**
 * RocketMQ's Java client gives its telemetry stream a deadline of 60 years, which grpc-js 1.14 takes for one
 * that has passed, and ends the stream. Deadlines longer than it can keep are taken off before it sees them.
 * Can go when grpc-js keeps a deadline of more than 24 days. Returns false where grpc-js is built otherwise.
 */
export function allowLongDeadlines(server: Server): boolean {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  if (!(http2Servers instanceof Map)) return false;
  for (const http2Server of http2Servers.keys()) {
    http2Server.prependListener('stream', (_stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      if (isTooLong(headers['grpc-timeout'])) delete headers['grpc-timeout'];
    });
  }
  return true;
}

function isTooLong(header: string | string[] | undefined): boolean {
  if (typeof header !== 'string') return false;
  return Number(header.slice(0, -1)) * (unitMs[header.slice(-1)] ?? 0) > longestMs;
}
