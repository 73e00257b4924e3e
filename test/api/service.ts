import type { TestContext } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCli, type CliResult } from '../rig/cli.js';

/** What an endpoint answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // The tests look at whatever shape is answered.
  readonly body: unknown;
}

export interface Service {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  stop(): Promise<CliResult>;
  kill(): Promise<void>;
  output(): string;
}

/** A folder for a worker and its files, removed at the end. */
export async function serviceFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rmq-connect-service-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** `run --api` as its users start it, in a folder; ended with the test. */
export async function startService(
  t: TestContext,
  folder: string,
  {
    args = [],
    api = 'api',
    deadlineMs,
  }: {
    readonly args?: readonly string[];
    readonly api?: 'api' | 'api-rocketmq';
    /** Like that of `startCli`. */
    readonly deadlineMs?: number;
  } = {},
): Promise<Service> {
  const worker = startCli(['run', ...args, `--${api}`, '127.0.0.1:0', '--data-dir', 'data'], {
    cwd: folder,
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
  t.after(() => worker.kill());
  const printed = await worker.printed(/listens on http:\/\/[\d.]+:\d+/);
  const url = printed.slice(printed.indexOf('http'));
  return {
    url,
    pid: worker.pid,
    folder,
    output: () => worker.output(),
    ask: (method, path, body, headers = {}) => ask(url, method, path, body, headers),
    stop: () => {
      worker.signal('SIGTERM');
      return worker.ended;
    },
    kill: () => worker.kill(),
  };
}

/** A body that is text is sent as it is. */
export async function ask(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}
