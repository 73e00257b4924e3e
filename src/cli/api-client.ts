import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DataDir, isProcessAlive } from '../store/index.js';
import { dataDirOption } from './data-dir-option.js';
import { CommandError } from './exit-code.js';

/** How a command is told which worker it speaks to. */
export interface ApiOptions {
  readonly apiUrl?: string;
  readonly apiTokenFile?: string;
}

export function withApiOptions(command: Command): Command {
  return command
    .option('--api-url <url>', "the worker's API (default: that of the worker on the data directory)")
    .option('--api-token-file <file>', 'its token (default: $RMQ_CONNECT_API_TOKEN)');
}

const answerWithinMs = 30_000;

const errorSpec = z.object({
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});

/** The API of a worker that runs. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string | null;

  constructor(url: string, token: string | null) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Throws `CommandError` where there is none. */
  static async find({ apiUrl, apiTokenFile }: ApiOptions, dataDirPath: string): Promise<ApiClient> {
    const given =
      apiTokenFile === undefined ? process.env.RMQ_CONNECT_API_TOKEN : await tokenOf(apiTokenFile);
    if (apiUrl !== undefined) {
      if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl)) {
        throw new CommandError('usage', 'usage', `${apiUrl} is no address of an API`, {
          hint: 'write it like http://127.0.0.1:8082',
        });
      }
      return new ApiClient(apiUrl, given ?? null);
    }
    const dataDir = new DataDir(dataDirPath);
    const announced = await dataDir.api.read();
    if (announced !== null && isProcessAlive(announced.pid)) {
      return new ApiClient(announced.url, given ?? announced.token);
    }
    throw new CommandError('unreachable', 'no_worker', `no worker with an API runs on ${dataDir.root}`, {
      hint: `start one with rmq-connect run --api 127.0.0.1:8082${dataDirOption(dataDirPath)}, or give --api-url`,
    });
  }

  /** What it answers; null for an answer without a body. Throws `CommandError` for what is not done. */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }),
        },
        signal: AbortSignal.timeout(answerWithinMs),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (cause) {
      throw this.#unreachable(cause);
    }
    const answer = parsed(text);
    if (response.ok) return answer;
    throw this.#failure(response.status, answer);
  }

  #unreachable(cause: unknown): CommandError {
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const why = inner instanceof Error ? inner.message : String(inner);
    return new CommandError(
      'unreachable',
      'unreachable',
      `the API at ${this.#url} cannot be reached: ${why}`,
      {
        hint: 'does the worker run, with --api?',
        cause,
      },
    );
  }

  #failure(status: number, answer: unknown): CommandError {
    const known = errorSpec.safeParse(answer);
    if (!known.success) {
      return new CommandError('failed', 'bad_answer', `${this.#url} answers ${String(status)}`, {
        hint: 'is it the API of rmq-connect?',
      });
    }
    const { code, message, hint, ...details } = known.data.error;
    const kind = status === 503 ? 'unreachable' : status < 500 && status !== 409 ? 'usage' : 'failed';
    return new CommandError(kind, code, message, { hint, details, lines: problemLines(details.problems) });
  }
}

const problemSpec = z.array(
  z.object({ path: z.string(), message: z.string(), hint: z.string().nullable().default(null) }),
);

function problemLines(problems: unknown): readonly string[] {
  const known = problemSpec.safeParse(problems);
  if (!known.success) return [];
  return known.data.map(({ path, message, hint }) =>
    [message, ...(path === '' ? [] : [`(${path})`]), ...(hint === null ? [] : [`→ ${hint}`])].join('  '),
  );
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function tokenOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('usage', 'api_token', `the token cannot be read: ${why}`, { cause });
  }
}
