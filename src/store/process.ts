import { readFileSync } from 'node:fs';

/** Tells this process from an earlier or later one with the same id; null where the system does not say. */
export function processStarted(pid: number): string | null {
  return entryOf(pid)?.started ?? null;
}

/**
 * Whether the process lives; given when it started, whether that very one does. A killed process whose
 * parent has not asked for its end yet (a zombie) is dead.
 */
export function isProcessAlive(pid: number, started: string | null = null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const entry = entryOf(pid);
  if (entry === null) return true;
  return !entry.isZombie && (started === null || entry.started === started);
}

/** From Linux's /proc; null on other systems. `started` is in clock ticks since boot. */
function entryOf(pid: number): { isZombie: boolean; started: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name in parentheses may hold spaces; the state, field 3, follows it, the start time is field 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { isZombie: fields[0] === 'Z' || fields[0] === 'X', started: fields[19] ?? '' };
}
