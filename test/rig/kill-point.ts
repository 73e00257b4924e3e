/**
 * Loaded into the program before its own modules (`node --import`): kills it, or another process, with
 * SIGKILL at a chosen count of what it does. The program itself knows nothing of it.
 *
 *     KILL_POINT='{"kind":"append","count":12,"when":"torn","pid":4711}'
 *     KILL_COUNTS=FILE      where to write how often each kind was seen, when the program ends
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import type { KillKind, KillPoint } from './kill-plan.js';

const given = process.env.KILL_POINT;
const point = given === undefined ? undefined : (JSON.parse(given) as KillPoint);
const counts: Partial<Record<KillKind, number>> = {};
const countsFile = process.env.KILL_COUNTS;
if (countsFile !== undefined) {
  process.on('exit', () => {
    fs.writeFileSync(countsFile, JSON.stringify(counts));
  });
}

/** Counts; true when this is the chosen one. */
function isIt(kind: KillKind): boolean {
  const count = (counts[kind] ?? 0) + 1;
  counts[kind] = count;
  return point?.kind === kind && point.count === count;
}

function kill(): void {
  try {
    process.kill(point?.pid ?? process.pid, 'SIGKILL');
  } catch {
    // The other one is gone already.
  }
}

/** `torn`: after the first half, where there are halves and it is our own end; else before. */
async function around<T>(kind: KillKind, whole: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  if (!isIt(kind)) return whole();
  if (point?.when === 'after') return whole().finally(kill);
  if (point?.when === 'torn' && point.pid === undefined) await half?.();
  kill();
  return whole();
}

type Method = (this: object, ...args: unknown[]) => Promise<unknown>;

function hook(target: object, name: string, kind: KillKind, half?: (args: unknown[]) => unknown[]): void {
  const methods = target as Record<string, Method>;
  const original = methods[name];
  if (original === undefined) throw new Error(`there is no ${name} to hook`);
  methods[name] = function (...args) {
    return around(
      kind,
      () => original.apply(this, args),
      half === undefined ? undefined : () => original.apply(this, half(args)),
    );
  };
}

const handle = await fs.promises.open(process.execPath);
const fileHandle = Object.getPrototypeOf(handle) as object;
await handle.close();
hook(fileHandle, 'read', 'read');
hook(fileHandle, 'write', 'append', ([bytes, offset]) => {
  const from = typeof offset === 'number' ? offset : 0;
  return [bytes, from, Math.floor(((bytes as Buffer).length - from) / 2)];
});
hook(fileHandle, 'sync', 'sync');
hook(fileHandle, 'datasync', 'sync');
hook(fileHandle, 'truncate', 'truncate');
hook(fs.promises, 'rename', 'rename');
syncBuiltinESMExports();

/** Request codes of the remoting protocol: SEND_BATCH_MESSAGE and UPDATE_CONSUMER_OFFSET. */
const requests: readonly (readonly [string, KillKind])[] = [
  ['"code":320,', 'send'],
  ['"code":15,', 'commit'],
];
const socket = Socket.prototype as unknown as Record<'write' | 'emit', (...args: unknown[]) => boolean>;
const { write, emit } = socket;
socket.write = function (this: Socket, ...args) {
  const [chunk] = args;
  const start = Buffer.isBuffer(chunk) ? chunk.toString('latin1', 0, 400) : '';
  const kind = requests.find(([code]) => start.includes(code))?.[1];
  const chosen = kind !== undefined && isIt(kind);
  if (chosen && point?.when === 'before') kill();
  const done = write.apply(this, args);
  // The frame's body is written by the same caller, after this returns.
  if (chosen && point?.when === 'torn') kill();
  if (chosen && point?.when === 'after') setImmediate(kill);
  return done;
};
socket.emit = function (this: Socket, ...args) {
  const chosen = args[0] === 'data' && isIt('answer');
  if (chosen && point?.when !== 'after') kill();
  const done = emit.apply(this, args);
  if (chosen && point?.when === 'after') setImmediate(kill);
  return done;
};
