/** What the rigs of database servers have in common: a server of one's own, run as the user it insists on. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Output } from './command.js';
import { endProcess, ownedFolder, removeFolder, spawnOwned } from './owned.js';
import { until } from './until.js';

/** A server on loopback with a data folder of its own. Whoever may connect needs no password. */
export interface DatabaseServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** With user and an empty database `shop`. */
  readonly url: string;
  /** Of the process that was started last. */
  pid(): number;
  /** SIGKILL; its data stay. */
  kill(): Promise<void>;
  /** A clean end that does not wait for clients; its data stay. */
  halt(): Promise<void>;
  /** Starts it again on the same data and port; resolves when it serves. */
  start(): Promise<void>;
  /** Ends it and deletes its data. Idempotent. */
  stop(): Promise<void>;
}

/** Runs programs as another user: servers refuse to run as root. As any other user, it runs them as they are. */
export class Account {
  readonly #ids: { readonly uid: number; readonly gid: number } | null;

  private constructor(ids: { uid: number; gid: number } | null) {
    this.#ids = ids;
  }

  static async of(user: string): Promise<Account> {
    if (process.getuid?.() !== 0) return new Account(null);
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return new Account({ uid: Number(uid.stdout), gid: Number(gid.stdout) });
  }

  /** A new folder that belongs to it. */
  async folder(name: string): Promise<string> {
    const folder = await ownedFolder(name);
    await this.take(folder);
    return folder;
  }

  /** Makes a file or folder its own. */
  async take(path: string): Promise<void> {
    if (this.#ids !== null) await chown(path, this.#ids.uid, this.#ids.gid);
  }

  run(command: string, args: readonly string[]): Promise<Output> {
    return run(command, args, { ...this.#ids });
  }

  /** Its output goes to `log`. */
  spawn(command: string, args: readonly string[], log: string): ChildProcess {
    const out = openSync(log, 'a');
    const child = spawnOwned(command, args, { stdio: ['ignore', out, out], ...this.#ids });
    closeSync(out);
    return child;
  }
}

export interface ServerPlan {
  readonly account: Account;
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What ends it cleanly, and soon. */
  readonly haltSignal: NodeJS.Signals;
  /** What it says while processes of one that was killed are about to end: then it is started again. */
  readonly stillEnding?: string;
  /** Rejects, or is undefined, as long as it does not serve. */
  readonly serves: () => Promise<true | undefined>;
}

/** Starts, ends and starts again one server. */
export class ServerProcess {
  readonly #plan: ServerPlan;
  #child: ChildProcess | undefined;

  constructor(plan: ServerPlan) {
    this.#plan = plan;
  }

  pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server was not started');
    return this.#child.pid;
  }

  async start(): Promise<void> {
    const { account, folder, command, args, serves, stillEnding } = this.#plan;
    const log = join(folder, 'server.log');
    const logged = await readFile(log, 'utf8').then(
      ({ length }) => length,
      () => 0,
    );
    const child = account.spawn(command, args, log);
    this.#child = child;
    const ended = once(child, 'exit').then(() => {
      throw new Error('it ended');
    });
    try {
      await Promise.race([until(`${command} to serve`, serves, { deadlineMs: 60_000 }), ended]);
    } catch (cause) {
      await endProcess(child, 'SIGKILL');
      const text = (await readFile(log, 'utf8').catch(() => '(no output)')).slice(logged);
      if (stillEnding !== undefined && text.includes(stillEnding)) {
        await this.start();
        return;
      }
      throw new Error(`${command} did not start:\n${text.slice(-4000)}`, { cause });
    }
    ended.catch(() => undefined);
  }

  async kill(): Promise<void> {
    if (this.#child !== undefined) await endProcess(this.#child, 'SIGKILL');
  }

  async halt(): Promise<void> {
    if (this.#child !== undefined) await endProcess(this.#child, this.#plan.haltSignal);
  }

  async stop(): Promise<void> {
    await this.kill();
    await removeFolder(this.#plan.folder);
  }
}
