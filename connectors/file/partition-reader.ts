import { dirname } from 'node:path';
import { ConnectorError, type Log, type SourceRecord } from '../../src/sdk/index.js';
import type { Claims } from './claims.js';
import { findInFolder, hasPlace, isFile, look, sameInode, startsAlike, type FileState } from './identity.js';
import { endsTooEarly, isReadOnce, openFile, OpenedFile } from './opened-file.js';
import type { FileIdentity, FilePosition } from './position.js';
import type { FileSourceConfig } from './spec.js';
import { isMissing } from './system-error.js';
import type { Place } from './record-reader.js';

/** How many finished files a position names. */
const rememberedFiles = 16;
const fileStart: Place = { offset: 0, line: 0, unended: false };

export interface PartitionOptions {
  readonly partition: string;
  /** Absolute. */
  readonly path: string;
  readonly config: FileSourceConfig;
  readonly log: Log;
  readonly claims: Claims;
  /** Whether more is waited for at the end. */
  readonly follow: boolean;
}

/**
 * Reads the file that has the partition's name, and after it the next one that gets this name.
 *
 * - no file open: the one that was left is searched for, by its name and then by its inode in the same
 *   folder; if it is not there any more, the one that now has the name is read from its start
 * - file open, more to read: read
 * - file open, at its end: look whether it grew, was cut back or overwritten (then it is read from its
 *   start), or lost its name to another file (then it is finished, once that one is written to)
 * - ended: not following, and the end that was there at the start is reached
 */
export class PartitionReader {
  readonly partition: string;
  readonly #options: PartitionOptions;
  readonly #isReadOnce: boolean;
  /** Where to go on when no file is open. */
  #left: FilePosition | undefined;
  #earlier: readonly FileIdentity[];
  #file: OpenedFile | undefined;
  /** When the open file was found without the partition's name; milliseconds of a steady clock. */
  #renamedAt: number | undefined;
  /** What had the name when there was nothing to read in it. */
  #nothingIn: FileState | undefined;
  /** Not following: the file that had the name at the start, and its size then. */
  #end: FileState | undefined;
  #ended = false;
  /** What was given out is gone: the next records are no continuation. */
  #gap = false;

  constructor(options: PartitionOptions, left: FilePosition | undefined) {
    this.partition = options.partition;
    this.#options = options;
    this.#isReadOnce = isReadOnce(options.path, options.config);
    this.#left = left;
    this.#earlier = left?.file.earlier ?? [];
  }

  /** Notes the end that is there now. Called once, before the first `read`. */
  async start(): Promise<void> {
    if (!this.#options.follow) this.#end = await look(this.#options.path);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether nothing is expected to happen soon. */
  get isSettled(): boolean {
    return this.#renamedAt === undefined;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Like `SourceTask.holds`: it is a place in the file that is read, or in the one that comes after it. */
  async holds(position: FilePosition): Promise<boolean> {
    const file = this.#file;
    if (file === undefined) return false;
    if (await file.holds(position)) return true;
    const { path } = this.#options;
    const named = await look(path);
    if (named === undefined || sameInode(named.inode, file.identity.inode)) return false;
    return sameInode(named.inode, position.file.inode) && (await isFile(path, position.file));
  }

  /** The next records; none when there are none now, or `ended`. */
  async read(signal: AbortSignal): Promise<SourceRecord[]> {
    while (!this.#ended) {
      const file = this.#file ?? (await this.#open());
      if (file === undefined) return [];
      const end = this.#endOf(file);
      const reading =
        file.isReadThrough && !this.#isReadOnce
          ? []
          : await this.#readFile(file, { end, last: false }, signal);
      if (reading.length > 0) return reading;
      if (this.#file !== file) return [];
      if (this.#options.follow && !this.#isReadOnce) {
        if ((await this.#whatNext(file)) === 'wait') return [];
        if (this.#file !== file || !file.isReadThrough) continue;
      }
      const rest = await this.#readFile(file, { end, last: true }, signal);
      if (rest.length > 0) return rest;
      if (await this.#finish(file)) return [];
    }
    return [];
  }

  /** Like that of a `SourceBatch`: of the records that were read last. */
  takeGap(): boolean {
    const gap = this.#gap;
    this.#gap = false;
    return gap;
  }

  /** Closes the file until there is something new in it. */
  async rest(): Promise<void> {
    const file = this.#file;
    if (file === undefined || this.#isReadOnce || this.#renamedAt !== undefined) return;
    this.#left = file.position;
    this.#nothingIn = file.state;
    await this.close();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #endOf(file: OpenedFile): number {
    const end = this.#end;
    return end?.inode === file.identity.inode ? end.size : Infinity;
  }

  /** A packed file that ends too early may still be written: its rest is read when it has grown. */
  async #readFile(
    file: OpenedFile,
    ask: { end: number; last: boolean },
    signal: AbortSignal,
  ): Promise<SourceRecord[]> {
    try {
      const records = await file.read(ask, signal);
      if (records.length > 0) this.#options.claims.take(this.partition, file.identity);
      return records;
    } catch (error) {
      if (!this.#options.follow || !endsTooEarly(error)) throw error;
      this.#left = file.position;
      this.#nothingIn = file.state;
      await this.close();
      return [];
    }
  }

  /** At the end of a file that is followed. `go on`: there is more in it, or it is another one now, or done. */
  async #whatNext(file: OpenedFile): Promise<'wait' | 'go on'> {
    const content = await file.lookAgain();
    if (content === 'changed') {
      await this.#startOver(file, 'was cut back or overwritten: reading it from its start');
      return 'go on';
    }
    if (content === 'grown') return 'go on';
    const named = await look(this.#options.path);
    if (named?.inode === file.identity.inode) {
      this.#renamedAt = undefined;
      return 'wait';
    }
    const now = performance.now();
    this.#renamedAt ??= now;
    const replaced = named === undefined ? file.state.names === 0 : named.size > 0;
    return replaced && now - this.#renamedAt >= this.#options.config.poll_ms ? 'go on' : 'wait';
  }

  async #startOver(file: OpenedFile, why: string): Promise<void> {
    this.#options.log.warn(`${this.#options.path} ${why}`, { partition: this.partition });
    this.#gap = true;
    this.#earlier = file.earlier;
    this.#left = undefined;
    this.#nothingIn = undefined;
    await this.close();
  }

  /** Returns true when there is nothing to do for now. */
  async #finish(file: OpenedFile): Promise<boolean> {
    const { identity, state } = file;
    const { follow, path } = this.#options;
    const named = await look(path);
    await this.close();
    this.#renamedAt = undefined;
    if (named?.inode === identity.inode) {
      this.#left = file.position;
      this.#nothingIn = state;
      this.#ended = !follow;
      return true;
    }
    this.#left = undefined;
    this.#nothingIn = undefined;
    this.#earlier = [identity, ...file.earlier].slice(0, rememberedFiles);
    return false;
  }

  async #open(): Promise<OpenedFile | undefined> {
    const { path, follow } = this.#options;
    const named = await look(path);
    if (this.#nothingIn !== undefined && isUnchanged(this.#nothingIn, named)) return undefined;
    const opened =
      (this.#left === undefined ? undefined : await this.#openLeft(this.#left, named)) ??
      (await this.#openNamed(named));
    if (opened === undefined) {
      this.#nothingIn = named;
      this.#ended = !follow;
    } else {
      this.#nothingIn = undefined;
      this.#file = opened;
      this.#options.claims.take(this.partition, opened.identity);
    }
    return opened;
  }

  /** The file that was left, wherever it is now. */
  async #openLeft(left: FilePosition, named: FileState | undefined): Promise<OpenedFile | undefined> {
    const { path, log } = this.#options;
    const isAtName = named !== undefined && sameInode(named.inode, left.file.inode);
    const leastSize = this.#isReadOnce ? 0 : left.offset;
    if (isAtName) {
      const isDone = this.#isReadOnce && left.packed_bytes === named.size;
      if (isDone && (await isFile(path, left.file))) return undefined;
      const opened = named.size >= leastSize && !isDone ? await this.#openAt(path, left) : undefined;
      if (opened !== undefined) return opened;
      if (!isDone) {
        log.warn(`${path} was cut back or overwritten: reading it from its start`, {
          partition: this.partition,
        });
      }
    } else {
      const found = await findInFolder(dirname(path), left.file, leastSize);
      const opened = found === undefined ? undefined : await this.#openAt(found, left);
      if (opened !== undefined) {
        this.#renamedAt = performance.now();
        return opened;
      }
      if (named === undefined) return undefined;
      if (left.packed_bytes === undefined) {
        log.warn(`${path} is another file now, and the one read before is gone: what it had more is lost`, {
          partition: this.partition,
          read_bytes: left.offset,
        });
      }
      this.#earlier = [left.file, ...(left.file.earlier ?? [])]
        .map(({ inode, head, head_bytes }) => ({ inode, head, head_bytes }))
        .slice(0, rememberedFiles);
    }
    this.#left = undefined;
    return undefined;
  }

  /** Undefined when what is at the path is not the file that was left. */
  async #openAt(path: string, left: FilePosition): Promise<OpenedFile | undefined> {
    const handle = await openFile(path).catch(missing);
    if (handle === undefined) return undefined;
    const isSame = this.#isReadOnce ? startsAlike(handle, left.file) : hasPlace(handle, left);
    if (!(await isSame)) {
      await handle.close();
      return undefined;
    }
    const start = { offset: left.offset, line: left.line, unended: left.unended === true };
    return this.#create(handle, path, start);
  }

  /** The file that has the name, from its start; undefined when it is not there or not ours. */
  async #openNamed(named: FileState | undefined): Promise<OpenedFile | undefined> {
    const { path, follow, claims } = this.#options;
    if (named === undefined || this.#left !== undefined) return undefined;
    if (named.kind !== 'file') throw notAFile(path, named.kind);
    if (!follow && this.#end?.inode !== named.inode) return undefined;
    const handle = await openFile(path).catch(missing);
    if (handle === undefined) return undefined;
    const others = claims.byOther(this.partition, named.inode);
    for (const other of others) {
      if (!(await startsAlike(handle, other))) continue;
      await handle.close();
      return undefined;
    }
    const opened = await this.#create(handle, path, fileStart);
    const rivals = claims.byOther(this.partition, named.inode);
    if (rivals.some(({ head }) => head === opened.identity.head)) {
      await opened.close();
      return undefined;
    }
    claims.take(this.partition, opened.identity);
    return opened;
  }

  async #create(
    handle: Awaited<ReturnType<typeof openFile>>,
    path: string,
    start: Place,
  ): Promise<OpenedFile> {
    const { config, log } = this.#options;
    try {
      return await OpenedFile.create(handle, {
        config,
        log,
        path,
        start,
        earlier: this.#earlier,
      });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

const isUnchanged = (before: FileState, now: FileState | undefined): boolean =>
  now?.inode === before.inode && now.size === before.size && now.changedAt === before.changedAt;

function missing(error: unknown): undefined {
  if (error instanceof ConnectorError && isMissing(error.cause)) return undefined;
  throw error;
}

const notAFile = (path: string, kind: FileState['kind']): ConnectorError =>
  kind === 'folder'
    ? new ConnectorError('config', `${path} is a folder`, { hint: `read its files: ${path}/*` })
    : new ConnectorError('config', `${path} is not a regular file`, { hint: 'name a file' });
