import type { IncomingMessage } from 'node:http';
import { ApiFailure } from './failure.js';

/** A connector's entry has a few kilobytes. */
const mostBodyBytes = 1024 * 1024;
/** Deeper ones have no meaning, and could end who follows them down. */
const mostDepth = 50;

/** The JSON that a request carries; undefined where it has no body. Throws `ApiFailure`. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > mostBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection is still needed, for the answer that refuses the rest.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/([a-z.+-]*\+)?json\b/i.test(type)) {
    throw new ApiFailure(415, 'media_type', `a body is application/json, not ${type}`, {
      hint: 'send content-type: application/json',
    });
  }
  return parsed(Buffer.concat(chunks));
}

function parsed(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is no JSON' : 'it is no UTF-8';
    throw new ApiFailure(400, 'broken_json', `the body cannot be read: ${why}`);
  }
  if (isTooDeep(value)) {
    throw new ApiFailure(400, 'too_deep', `the body is nested deeper than ${String(mostDepth)} levels`);
  }
  return value;
}

function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > mostDepth) return true;
    level = level.flatMap((one): readonly unknown[] =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return false;
}

const tooLarge = (): ApiFailure =>
  new ApiFailure(413, 'too_large', `a body has at most ${String(mostBodyBytes)} bytes`);
