import type { MsgHdrs } from '@nats-io/transport-node';
import { keyAndHeaders, type Content } from '../../src/sdk/index.js';

export interface Received {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

/** What a record is made of; a header with several values has them with commas between. */
export function contentOf({ subject, data, headers }: Received): Content {
  const given = Array.from(headers ?? [], ([name, texts]) => [name, texts.join(', ')] as const);
  return { value: Buffer.from(data), ...keyAndHeaders(given, { 'nats.subject': subject }) };
}
