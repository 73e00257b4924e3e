import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { keyHeader, type Content, type JsonValue } from '../../src/sdk/index.js';

/** What a request is answered with instead of being taken. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Posted = Pick<Content, 'value' | 'key' | 'headers'>;

export async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const tooLarge = (): Refusal => new Refusal(413, `a body may have ${mostBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > mostBytes) throw tooLarge();
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/**
 * The records of a body: of JSON the elements of a list, or the one value; of NDJSON a line each; of anything
 * else the bytes. Throws `Refusal` 400 for what does not parse. `connect-key` is the key of all of them.
 */
export function recordsIn(headers: IncomingHttpHeaders, body: Buffer): readonly Posted[] {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const key = headers[keyHeader];
  const common = typeof key === 'string' ? { key } : {};
  return valuesIn(type, body).map((value) => ({ value, ...common }));
}

function valuesIn(type: string, body: Buffer): readonly (JsonValue | Buffer)[] {
  if (type === 'application/x-ndjson' || type === 'application/jsonl') {
    const lines = body.toString('utf8').split('\n');
    return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parsed(line, `line ${index + 1}`)]));
  }
  if (type !== 'application/json' && !type.endsWith('+json')) return [body];
  const value = parsed(body.toString('utf8'), 'the body');
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}

function parsed(text: string, what: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new Refusal(400, `${what} is not JSON`);
  }
}
