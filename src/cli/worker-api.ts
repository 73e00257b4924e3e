import type { Command } from 'commander';
import type { JsonValue } from '../sdk/index.js';
import { DataDir, isProcessAlive } from '../store/index.js';
import { dataDirOption } from './data-dir-option.js';
import { CommandError } from './exit-code.js';
import { readToken } from './token-file.js';

export interface ApiOptions {
  readonly apiUrl?: string;
  readonly apiTokenFile?: string;
}

/** For commands that speak to a worker that runs. */
export function withApiOptions(command: Command): Command {
  return command
    .option(
      '--api-url <url>',
      "where the worker's API listens (default: that of the worker on the data directory)",
    )
    .option('--api-token-file <file>', 'a file with its token (default: $RMQ_CONNECT_API_TOKEN)');
}

/** The API of a worker, found by the options, or else by the data directory. Throws `CommandError` where there is none. */
export async function workerApi(options: ApiOptions, dataDir: string): Promise<WorkerApi> {
  const given = options.apiTokenFile;
  const token = given === undefined ? (process.env.RMQ_CONNECT_API_TOKEN ?? null) : await readToken(given);
  if (options.apiUrl !== undefined) return new WorkerApi(parsedUrl(options.apiUrl), token);
  const known = await new DataDir(dataDir).api.read();
  if (known === null || !isProcessAlive(known.pid)) {
    throw new CommandError('unreachable', 'no_api', `no worker with an API runs on ${dataDir}`, {
      hint: `start one with rmq-connect run JOB --api 127.0.0.1:8082${dataDirOption(dataDir)}, or give --api-url`,
    });
  }
  return new WorkerApi(parsedUrl(known.url), token ?? known.token);
}

function parsedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new CommandError('usage', 'usage', `${text} is no address of an API`, {
    hint: 'write it like http://127.0.0.1:8082',
  });
}

interface Finding {
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What the API says of an error. */
interface Refusal {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
    readonly problems?: readonly Finding[];
  };
  readonly message?: string;
}

/** Speaks to a worker. What goes wrong is thrown as `CommandError`. */
export class WorkerApi {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: URL, token: string | null) {
    this.#url = url;
    this.#headers = token === null ? {} : { authorization: `Bearer ${token}` };
  }

  /** The answer as it is; null where it has no body. */
  async ask<T>(method: string, path: string, body?: JsonValue): Promise<T> {
    const response = await this.#fetch(path, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    try {
      const text = await response.text();
      return (text === '' ? null : JSON.parse(text)) as T;
    } catch (error) {
      throw this.#away(error);
    }
  }

  /** Hears server-sent events until `signal` aborts; the worker's end of them is an error. */
  async listen(path: string, signal: AbortSignal, heard: (data: unknown) => void): Promise<void> {
    try {
      const response = await this.#fetch(path, { headers: this.#headers, signal });
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        const events = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const data = /^data: ?(.*)$/m.exec(event)?.[1];
          if (data !== undefined) heard(JSON.parse(data));
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof CommandError ? error : this.#away(error);
    }
    if (!signal.aborted) throw this.#away('it has ended');
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.#url), init);
    } catch (error) {
      throw this.#away(error);
    }
    if (response.ok) return response;
    throw refusedBy(response.status, await response.text().catch(() => ''));
  }

  #away(why: unknown): CommandError {
    const cause = why instanceof Error && why.cause instanceof Error ? why.cause.message : String(why);
    return new CommandError(
      'unreachable',
      'unreachable',
      `the worker's API at ${this.#url.origin} does not answer: ${cause}`,
      {
        hint: 'does the worker run, and was it started with --api?',
      },
    );
  }
}

function refusedBy(status: number, text: string): CommandError {
  const { error, message } = refusal(text);
  const code = error?.code ?? `http_${String(status)}`;
  const said = error?.message ?? message ?? `the API answered ${String(status)}`;
  const kind = status === 503 ? 'unreachable' : status < 500 && status !== 409 ? 'usage' : 'failed';
  const problems = error?.problems ?? [];
  const lines = problems.map(lineOf);
  return new CommandError(kind, code, said, {
    hint: error?.hint,
    lines,
    ...(problems.length > 0 && { details: { problems } }),
  });
}

function lineOf({ path, message, hint }: Finding): string {
  const where = path === '' ? [] : [`(${path})`];
  return [message, ...where, ...(hint === null ? [] : [`→ ${hint}`])].join('  ');
}

function refusal(text: string): Refusal {
  try {
    return JSON.parse(text) as Refusal;
  } catch {
    return {};
  }
}
