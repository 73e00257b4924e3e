import { InvalidArgumentError } from 'commander';
import type { JobDefinition } from '../../job/definition.js';
import { isLoopback } from '../../api/guard.js';
import { CommandError } from '../exit-code.js';
import { readToken } from '../token-file.js';

/** Where a server of the worker listens. */
export interface ListenAt {
  /** IPv6 without brackets. */
  readonly host: string;
  /** 0: any. */
  readonly port: number;
}

/** `HOST:PORT`, or a port of this machine alone. */
export function listenOption(text: string): ListenAt {
  const match = /^(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw new InvalidArgumentError('write HOST:PORT, like 127.0.0.1:8082');
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

const leastToken = 8;

/**
 * What requests must have: of the file, of the environment, or of a job; null where whoever reaches the address may
 * do all, which is refused for addresses that others reach.
 */
export async function apiToken(
  file: string | undefined,
  jobs: readonly JobDefinition[],
  addresses: readonly ListenAt[],
): Promise<string | null> {
  const given =
    file === undefined
      ? (process.env.RMQ_CONNECT_API_TOKEN ?? jobs.find((job) => job.apiToken !== null)?.apiToken ?? null)
      : await readToken(file);
  if (given !== null && given.length < leastToken) {
    throw new CommandError(
      'usage',
      'api_token',
      `the token of the API has fewer than ${String(leastToken)} characters`,
      {
        hint: 'make one with: openssl rand -hex 24',
      },
    );
  }
  const reached = addresses.find(({ host }) => !isLoopback(host));
  if (given !== null || reached === undefined) return given;
  throw new CommandError('usage', 'api_token', `others can reach ${reached.host}, and the API has no token`, {
    hint: 'give --api-token-file, RMQ_CONNECT_API_TOKEN, or api: { token: … } in the job; or listen on 127.0.0.1',
  });
}
