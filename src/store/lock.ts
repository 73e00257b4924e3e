import { link, mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readFileIfThere } from './atomic-file.js';
import { isProcessAlive, processStarted } from './process.js';

const ownerSchema = z.object({
  pid: z.number().int(),
  /** Null where the system does not say. */
  process_started: z.string().nullable(),
  host: z.string(),
  what: z.string(),
  since: z.string(),
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
  release(): Promise<void>;
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
 * Takes the lock at `path` for this process. One of a process that is gone, or goes within half a second,
 * is taken over; one that a living process holds throws `LockedError`. A lock written on another host
 * counts as held.
 */
export async function acquireLock(path: string, what: string): Promise<Lock> {
  const absolute = resolve(path);
  if (held.has(absolute)) throw new LockedError(absolute, await readOwner(absolute));
  held.add(absolute);
  try {
    await take(absolute, what);
  } catch (error) {
    held.delete(absolute);
    throw error;
  }
  return {
    release: async () => {
      if (held.delete(absolute)) await rm(absolute, { force: true });
    },
  };
}

async function take(path: string, what: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      if (!(await create(path, what))) await takeOver(path, what);
      return;
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() >= deadline) throw error;
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

/** The file appears whole, or not at all. */
async function create(path: string, what: string): Promise<boolean> {
  const owner: LockOwner = {
    pid: process.pid,
    process_started: processStarted(process.pid),
    host: hostname(),
    what,
    since: new Date().toISOString(),
  };
  const draft = `${path}.${String(process.pid)}.${String((drafts += 1))}`;
  await writeFile(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

let drafts = 0;

/** Only one process at a time may judge and replace a lock: the folder beside it is the gate. */
async function takeOver(path: string, what: string): Promise<void> {
  const gate = `${path}.takeover`;
  await enter(gate, path);
  try {
    // One that cannot be read was torn by a power cut, and its process is gone.
    const owner = await readOwner(path);
    if (owner !== null && isOthers(owner)) throw new LockedError(path, owner);
    await rm(path, { force: true });
    if (!(await create(path, what))) throw new LockedError(path, await readOwner(path));
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
