import type { z } from 'zod';
import type { ServerResponse } from 'node:http';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route answers with. A failure is thrown. */
export type Answer =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly status: number;
      readonly text: string | Uint8Array;
      readonly type: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Without a body. */
  | { readonly status: 204; readonly headers?: Readonly<Record<string, string>> }
  /** Writes on and on; `closed` aborts when the client has gone, or the server goes: never before it is called. */
  | {
      readonly status: 200;
      readonly stream: (response: ServerResponse, closed: AbortSignal) => void;
      readonly type: string;
    };

export interface Asked<Query, Body> {
  /** What stands for `{name}` in the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whether it may see all: it has the token, or none is asked for. */
  readonly trusted: boolean;
}

/** One thing that can be asked for; what it takes is checked, and described, by its schemas. */
export interface Route {
  readonly method: Method;
  /** `/connectors/{name}/config` */
  readonly path: string;
  /** One sentence, for the description of the API. */
  readonly summary: string;
  /** Whether it changes something, and so is refused to a page of another site. */
  readonly changes: boolean;
  /** Whether it is answered without the token. */
  readonly open: boolean;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** The status of a good answer. */
  readonly status: number;
  readonly handle: (asked: Asked<unknown, unknown>) => Promise<Answer> | Answer;
}

type Given<Spec> = Spec extends z.ZodType ? z.infer<Spec> : null;

interface RouteOptions<Query extends z.ZodType | null, Body extends z.ZodType | null> {
  readonly summary: string;
  /** Default: anything but GET does. */
  readonly changes?: boolean;
  readonly open?: boolean;
  readonly query?: Query;
  readonly body?: Body;
  /** Default 200. */
  readonly status?: number;
  readonly handle: (asked: Asked<Given<Query>, Given<Body>>) => Promise<Answer> | Answer;
}

/** Makes a route; what its handler gets has the types of its schemas. */
export function route<Query extends z.ZodType | null = null, Body extends z.ZodType | null = null>(
  method: Method,
  path: string,
  options: RouteOptions<Query, Body>,
): Route {
  const { summary, changes = method !== 'GET', open = false, query, body, status = 200, handle } = options;
  return {
    method,
    path,
    summary,
    changes,
    open,
    query: query ?? null,
    body: body ?? null,
    status,
    // The server has parsed both with these very schemas.
    handle: (asked) => handle(asked as Asked<Given<Query>, Given<Body>>),
  };
}

export const json = (
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  json: value,
  headers,
});
