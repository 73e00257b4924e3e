import type { z } from 'zod';
import type { Frame } from '../../rocketmq/remoting/codec/frame.js';
import type { Broker } from '../broker.js';
import { messageOf } from '../broker-log.js';
import type { Answer, Connection } from '../server/connection.js';
import { responseCode } from './codes.js';

export interface Request {
  readonly frame: Frame;
  readonly connection: Connection;
}

/** The request is answered later by somebody else. */
export const held = Symbol('held');
export type Handler = (request: Request, broker: Broker) => Answer | Promise<Answer> | typeof held;
export type Handlers = ReadonlyMap<number, Handler>;

/** What is wrong with a request, as it is answered. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: number;

  constructor(code: number, remark: string) {
    super(remark);
    this.code = code;
  }
}

export function optionalText(request: Request, field: string): string | undefined {
  const value = request.frame.header.extFields?.[field];
  return typeof value === 'string' ? value : undefined;
}

export function text(request: Request, field: string): string {
  const value = optionalText(request, field);
  if (value === undefined) throw new RequestError(responseCode.systemError, `the field ${field} is missing`);
  return value;
}

export function optionalInteger(request: Request, field: string): number | undefined {
  const value = optionalText(request, field);
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RequestError(responseCode.systemError, `the field ${field} is not a whole number: ${value}`);
  }
  return number;
}

export function integer(request: Request, field: string): number {
  const value = optionalInteger(request, field);
  if (value === undefined) throw new RequestError(responseCode.systemError, `the field ${field} is missing`);
  return value;
}

export function flag(request: Request, field: string, byDefault: boolean): boolean {
  const value = optionalText(request, field);
  return value === undefined ? byDefault : value.toLowerCase() === 'true';
}

/** The body as JSON of this shape. */
export function jsonBody<T>(request: Request, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(request.frame.body.toString('utf8'));
  } catch (error) {
    throw new RequestError(responseCode.systemError, `the body is not JSON: ${messageOf(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [problem] = result.error.issues;
  const where = problem === undefined ? '' : ` at ${problem.path.join('.')}: ${problem.message}`;
  throw new RequestError(responseCode.systemError, `the body is not as expected${where}`);
}

export function ok(fields?: Readonly<Record<string, string>>): Answer {
  return fields === undefined ? { code: responseCode.ok } : { code: responseCode.ok, fields };
}

export function okText(body: string): Answer {
  return { code: responseCode.ok, body: Buffer.from(body) };
}

export function okJson(body: unknown): Answer {
  return okText(JSON.stringify(body));
}
