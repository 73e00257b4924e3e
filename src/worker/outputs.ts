import { realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resourcesOf } from '../job/conflicts.js';
import type { ConnectorDefinition } from '../job/definition.js';
import { ConnectorError, errorText, makeFolder } from '../sdk/index.js';
import {
  acquireLock,
  ConnectorStore,
  isLeftBehind,
  LockedError,
  type Lock,
  type LockOwner,
} from '../store/index.js';
import { OccupiedError } from './failure.js';
import { giveUpAfterMs, type RunnerContext } from './runner.js';

/** What a connector writes on this machine, kept for it. */
export interface Outputs {
  /** Whether this connector had all of it last, and nobody else since. */
  readonly undisturbed: boolean;
  /** Members of the group that had it and died: what their broker still keeps for them is free. */
  readonly deadMembers: readonly string[];
  /** The connector starts: from now on it may leave what has to be taken back. */
  begun(): void;
  /** It has closed well: nothing of what it wrote will be taken back. */
  done(): void;
}

type Context = Pick<RunnerContext, 'monitor' | 'emit' | 'stop' | 'once' | 'store'>;

const lookEveryMs = 1_000;
/** Whoever died may be started again: it can take back what it had not finished, and another worker cannot. */
const graceMs = 10_000;

/**
 * Runs `work` as the one worker on this machine that writes what the connector says it writes: two that append to
 * one file would tear each other's lines, and each could take back what the other wrote. A lock beside each file
 * says who has it; while another worker does, this one stands by, so that a sink takes no queues which it cannot
 * write. The lock of a worker that died stays until somebody takes it: that is how one who comes back knows that
 * nobody else has written since.
 */
export async function withOutputs<T>(
  definition: ConnectorDefinition,
  context: Context,
  work: (outputs: Outputs) => Promise<T>,
): Promise<T> {
  const locks = await lockAll(definition, context);
  const { folder } = context.store;
  let isDone = locks.every(({ former }) => former === null);
  try {
    const end = await work({
      deadMembers: await deadMembers(locks, folder),
      undisturbed: locks.every(({ former }) => former?.holder === folder),
      begun: () => {
        isDone = false;
      },
      done: () => {
        isDone = true;
      },
    });
    isDone = true;
    return end;
  } finally {
    await giveBack(locks, isDone);
  }
}

/** They left their names in their data directories. */
async function deadMembers(locks: readonly Lock[], own: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { former } of locks) {
    if (former?.holder === undefined || former.holder === own) continue;
    const store = new ConnectorStore(dirname(former.holder), basename(former.holder));
    const last = await store.membership.read().catch(() => null);
    if (last !== null) found.push(last.member);
  }
  return found;
}

async function giveBack(locks: readonly Lock[], isDone: boolean): Promise<void> {
  for (const lock of locks) {
    if (isDone) await lock.release();
    else lock.leave();
  }
}

async function lockAll(definition: ConnectorDefinition, context: Context): Promise<readonly Lock[]> {
  const locks: Lock[] = [];
  try {
    for (const output of await outputsOf(definition)) {
      const lock = await lockOne(output, definition.name, context);
      if (lock !== null) locks.push(lock);
    }
  } catch (error) {
    await giveBack(locks, false);
    throw error;
  }
  return locks;
}

/** `lock`: the file that says who writes to `path`. */
interface Output {
  readonly path: string;
  readonly lock: string;
}

/** In an order that is the same for all workers: two that wait for each other would wait for ever. */
async function outputsOf(definition: ConnectorDefinition): Promise<readonly Output[]> {
  const { writes, writesIn = [] } = await resourcesOf(definition);
  const found: Output[] = [];
  for (const path of writes) if (isAbsolute(path)) found.push(...(await fileOutput(path)));
  for (const path of writesIn) {
    const who = definition.kind === 'sink' ? definition.group : definition.name;
    found.push({ path, lock: join(await realFolder(path), `.${encodeURIComponent(who)}.lock`) });
  }
  return found.sort((a, b) => (a.lock < b.lock ? -1 : 1));
}

/** None for pipes and devices: what is written there is not kept. */
async function fileOutput(path: string): Promise<readonly Output[]> {
  const known = await stat(path).catch(() => null);
  if (known !== null && !known.isFile() && !known.isDirectory()) return [];
  const real = known === null ? join(await realFolder(dirname(path)), basename(path)) : await realpath(path);
  return [{ path, lock: join(dirname(real), `.${basename(real)}.lock`) }];
}

async function realFolder(path: string): Promise<string> {
  try {
    await makeFolder(path);
    return await realpath(path);
  } catch (error) {
    throw cannot('make the folder', path, error);
  }
}

/** Null where no lock can be made. */
async function lockOne({ path, lock }: Output, connector: string, context: Context): Promise<Lock | null> {
  const standby = new Standby(path, lock, context);
  for (;;) {
    if (!(await standby.isWorthATry())) continue;
    try {
      const held = await acquireLock(lock, `connector ${connector}`, context.store.folder);
      standby.over();
      return held;
    } catch (error) {
      if (isForbidden(error)) {
        const message = `other workers are not kept from writing to ${path}: ${errorText(error)}`;
        context.emit({ type: 'warning', message });
        return null;
      }
      if (!(error instanceof LockedError)) throw cannot('lock', path, error);
      standby.tell(error.owner);
    }
  }
}

/** Waits until another worker has let go of an output, and says meanwhile who has it. */
class Standby {
  readonly #path: string;
  readonly #lock: string;
  readonly #context: Context;
  readonly #startedAt = performance.now();
  #told = '';
  #goneSince: number | null = null;

  constructor(path: string, lock: string, context: Context) {
    this.#path = path;
    this.#lock = lock;
    this.#context = context;
  }

  /** Resolves after a while, or at once the first time. */
  async isWorthATry(): Promise<boolean> {
    if (this.#told === '') return true;
    await delay(lookEveryMs, undefined, { signal: this.#context.stop });
    if (!(await isLeftBehind(this.#lock))) return true;
    this.#goneSince ??= performance.now();
    return performance.now() - this.#goneSince >= graceMs;
  }

  tell(owner: LockOwner | null): void {
    const { once, monitor, emit } = this.#context;
    const message = busyText(this.#path, this.#lock, owner);
    if (once && performance.now() - this.#startedAt > giveUpAfterMs(once)) {
      throw new OccupiedError(message);
    }
    this.#goneSince = null;
    monitor.standsBy(message);
    if (message !== this.#told) emit({ type: 'standby', message: `standing by: ${message}` });
    this.#told = message;
  }

  over(): void {
    if (this.#told !== '') this.#context.monitor.is('starting');
  }
}

function busyText(path: string, lock: string, owner: LockOwner | null): string {
  if (owner === null) return `${path} is written by a process that is just starting`;
  const { what, pid, host, since, holder } = owner;
  // holder: DATA_DIR/connectors/NAME
  const from = holder === undefined ? '' : ` of ${dirname(dirname(holder))}`;
  const elsewhere = host === hostname() ? '' : ` (if ${host} is gone for good, delete ${lock})`;
  return (
    `${path} is written by ${what}${from}, process ${String(pid)} on ${host}, since ${since}; this worker takes over ` +
    `when that is gone${elsewhere}. To have both write, give this one a path of its own`
  );
}

/** The folder is somebody else's; the file itself may well be ours to write. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

function cannot(action: string, path: string, cause: unknown): ConnectorError {
  const code = isForbidden(cause) ? 'denied' : 'unavailable';
  return new ConnectorError(code, `cannot ${action} ${path}: ${errorText(cause)}`, { cause });
}
