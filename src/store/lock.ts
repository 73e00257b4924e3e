import { link, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readFileIfThere, syncFolder } from './atomic-file.js';
import { isProcessAlive, processStarted } from './process.js';

const ownerSchema = z.object({
  pid: z.number().int(),
  /** Null where the system does not say. */
  process_started: z.string().nullable(),
  host: z.string(),
  what: z.string(),
  since: z.string(),
  /** Who of that process, in words that outlive it: tells its holder that nobody else had the lock meanwhile. */
  holder: z.string().optional(),
});
export type LockOwner = z.infer<typeof ownerSchema>;

/** Somebody else holds the lock. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly owner: LockOwner | null;

  constructor(path: string, owner: LockOwner | null) {
    const who =
      owner === null
        ? 'a process that is just starting'
        : `${owner.what}, process ${String(owner.pid)} on ${owner.host}, since ${owner.since}`;
    super(`${path} is held by ${who}; stop it first, or use another --data-dir`);
    this.owner = owner;
  }
}

export interface Lock {
  /** Who had it last and did not give it back; null where nobody is known to have had it. */
  readonly former: LockOwner | null;
  release(): Promise<void>;
  /** This process may take it again; for others it is held as long as this process lives. */
  leave(): void;
}

/** `holder`: see `LockOwner`; a lock with one outlives a power cut. */
interface Words {
  readonly what: string;
  readonly holder: string | undefined;
}

/**
 * Locks that this process has or is just taking, by absolute path. A lock file with our id that is not
 * here was left by an earlier process.
 */
const held = new Set<string>();
/** A process that was killed may need so long to be gone. */
const patienceMs = 500;
const lookEveryMs = 50;
/** A takeover that has not ended after so long never will. */
const takeoverMs = 5_000;

/**
 * Takes the lock at `path` for this process. One of a process that is gone, or goes within half a second, is taken
 * over; five seconds later where another was killed while it did that. One that a living process holds throws
 * `LockedError`. A lock written on another host counts as held.
 */
export async function acquireLock(path: string, what: string, holder?: string): Promise<Lock> {
  const absolute = resolve(path);
  if (held.has(absolute)) throw new LockedError(absolute, await readOwner(absolute));
  held.add(absolute);
  let former: LockOwner | null;
  try {
    former = await take(absolute, { what, holder });
  } catch (error) {
    held.delete(absolute);
    throw error;
  }
  return {
    former,
    leave: () => {
      held.delete(absolute);
    },
    release: async () => {
      if (held.delete(absolute)) await rm(absolute, { force: true });
    },
  };
}

/** Resolves with who had it before and is gone. */
async function take(path: string, words: Words): Promise<LockOwner | null> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return (await create(path, words)) ? null : await takeOver(path, words);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      // Whoever is taking it over may have been killed in the middle of that.
      const patience = error.owner === null ? takeoverMs + patienceMs : patienceMs;
      if (performance.now() - startedAt >= patience) throw error;
    }
    await delay(lookEveryMs);
  }
}

/** Who holds the lock; null when nobody alive does. */
export async function lockOwner(path: string): Promise<LockOwner | null> {
  const absolute = resolve(path);
  const owner = await readOwner(absolute);
  return owner !== null && (held.has(absolute) || isOthers(owner)) ? owner : null;
}

/** Whether somebody had the lock who is gone, and did not give it back. */
export async function isLeftBehind(path: string): Promise<boolean> {
  return (await lockOwner(path)) === null && (await readFileIfThere(path)) !== null;
}

/** The file appears whole, or not at all: false where there is one. */
async function create(path: string, words: Words): Promise<boolean> {
  try {
    await write(path, words, link);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function write(
  path: string,
  { what, holder }: Words,
  put: (draft: string, path: string) => Promise<void>,
): Promise<void> {
  const owner: LockOwner = {
    pid: process.pid,
    process_started: processStarted(process.pid),
    host: hostname(),
    what,
    since: new Date().toISOString(),
    ...(holder === undefined ? {} : { holder }),
  };
  const durable = holder !== undefined;
  const draft = `${path}.${String(process.pid)}.${String((drafts += 1))}`;
  await writeFile(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600, flush: durable });
  try {
    await put(draft, path);
    if (durable) await syncFolder(dirname(path));
  } finally {
    await rm(draft, { force: true });
  }
}

let drafts = 0;

/** Only one process at a time may judge and replace a lock: the folder beside it is the gate. */
async function takeOver(path: string, words: Words): Promise<LockOwner | null> {
  const gate = `${path}.takeover`;
  await enter(gate, path);
  try {
    // One that cannot be read was torn by a power cut, and its process is gone.
    const owner = await readOwner(path);
    if (owner !== null && isOthers(owner)) throw new LockedError(path, owner);
    // In one step: a holder that is killed here finds its own word when it comes back.
    await write(path, words, rename);
    return owner;
  } finally {
    await rmdir(gate);
  }
}

async function enter(gate: string, path: string): Promise<void> {
  try {
    await mkdir(gate);
    return;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  if (await isFresh(gate)) throw new LockedError(path, null);
  await rmdir(gate);
  await mkdir(gate);
}

async function isFresh(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs < takeoverMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readOwner(path: string): Promise<LockOwner | null> {
  const text = await readFileIfThere(path);
  if (text === null) return null;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether a living process that is not this one has it. */
function isOthers(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true;
  return owner.pid !== process.pid && isProcessAlive(owner.pid, owner.process_started);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
