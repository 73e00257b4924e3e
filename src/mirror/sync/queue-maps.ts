import { join } from 'node:path';
import type { Queue } from '../../rocketmq/cluster.js';
import { queueName } from '../../rocketmq/queue-name.js';
import { partitionTag } from '../../worker/stamp.js';
import { OffsetMap, type Place, type Run } from './offset-map.js';
import { OffsetMapFile } from './offset-map-file.js';
import { retrace, type Peek } from './retrace.js';

/** A queue of the source, and the one its messages go to. */
export interface Way {
  readonly source: Queue;
  readonly target: Queue;
  /** How often the queue was started over: what was copied before is not of it. */
  readonly generation: number;
}

/** A piece that was stored; `targetFirst` is null where the answer was lost. */
export interface Piece extends Way {
  readonly first: number;
  readonly count: number;
  readonly targetFirst: number | null;
}

interface Known {
  /** Of which queues, and which generation of the source's. */
  readonly name: string;
  readonly map: OffsetMap;
  readonly file: OffsetMapFile;
  /** From this target offset on, the target may hold what the map does not know; null: it does not. */
  untraced: number | null;
  readonly loaded: Promise<void>;
  /** The last that the file knew, until it was looked whether it still lies there. */
  toBeSeen: Run | null;
}

export interface QueueMapsOptions {
  /** The connector's. */
  readonly folder: string;
  readonly connector: string;
  /** Into the target. */
  readonly peek: Peek;
  /** Of a queue of the target. */
  readonly ends: (queue: Queue) => Promise<{ readonly min: number; readonly max: number } | null>;
  /** False for who only looks while a worker writes. */
  readonly writes: boolean;
  /** Whether messages in the target tell where they came from. */
  readonly traced: boolean;
}

/** The maps of a mirror's queues: kept in files, and what is missing there is read out of the target. */
export class QueueMaps {
  readonly #options: QueueMapsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: QueueMapsOptions) {
    this.#options = options;
  }

  copied({ first, count, targetFirst, ...way }: Piece): void {
    const known = this.#of(way);
    if (targetFirst === null) {
      this.#untracedFrom(known, known.map.end?.target ?? 0);
      return;
    }
    const run = { source: first, target: targetFirst, length: count };
    // What is copied follows what was copied. Where it lies before that, the target was made anew, or has lost its end:
    // whoever went by what was known would miss messages.
    if (known.map.cutFrom(first, targetFirst)) known.file.outdated();
    known.map.add(run);
    known.file.append(run);
  }

  /** Where the source offset is in the target; null where nothing is copied. Never `among`. */
  async find(way: Way, offset: number): Promise<Exclude<Place, { kind: 'among' }> | null> {
    const known = await this.#caughtUp(way);
    const place = known.map.find(offset);
    if (place?.kind !== 'among') return place;
    return this.#lookUp(way, offset, place);
  }

  /** Among what lies there in the target. */
  async #lookUp(
    way: Way,
    offset: number,
    { target: from, before: to }: Extract<Place, { kind: 'among' }>,
  ): Promise<Exclude<Place, { kind: 'among' | 'end' }>> {
    const part = new OffsetMap();
    const { peek } = this.#options;
    for await (const found of retrace(peek, way.target, { ...this.#traceOf(way), from, to })) {
      if (found.source === null) return { kind: 'before', target: found.target };
      part.add(found);
      if (found.source + found.length > offset) break;
    }
    const exact = part.find(offset);
    if (exact === null) return { kind: 'before', target: from };
    return { kind: 'exact', target: exact.kind === 'exact' ? exact.target : to };
  }

  /** The first source offset that was ever copied of what the map knows; null: nothing was. */
  async start(way: Way): Promise<number | null> {
    return (await this.#caughtUp(way)).map.runs[0]?.source ?? null;
  }

  /** Everything below is copied, or was left out; null: nothing is known to be. */
  async copiedUpTo(way: Way): Promise<number | null> {
    return (await this.#caughtUp(way)).map.end?.source ?? null;
  }

  /** Nobody can stand below both offsets any more: neither queue holds what lies there. */
  async forgetBelow(way: Way, source: number, target: number): Promise<void> {
    (await this.#caughtUp(way)).map.forgetBelow(source, target);
  }

  /** Writes what is new to the files. */
  async flush(): Promise<void> {
    if (!this.#options.writes) return;
    for (const { map, file, loaded } of [...this.#known.values()]) {
      await loaded;
      await file.flush(map);
    }
  }

  /** What is known of other queues of that name, in memory or in the file, means nothing here. */
  #of({ source, target, generation }: Way): Known {
    const place = queueName(source);
    const name = `${place} ${queueName(target)} ${String(generation)}`;
    const known = this.#known.get(place);
    if (known?.name === name) return known;
    const path = join(this.#options.folder, 'offset-map', `${encodeURIComponent(place)}.runs`);
    const file = new OffsetMapFile(path, name);
    const map = new OffsetMap();
    const loaded = file.load().then((stored) => {
      const [first] = map.runs;
      // Something was copied meanwhile.
      if (first !== undefined && stored?.cutFrom(first.source, first.target) === true) file.outdated();
      this.#untracedFrom(fresh, stored?.end?.target ?? 0);
      fresh.toBeSeen =
        stored?.runs.findLast(({ targetEnd, isAtMost }) => (targetEnd ?? isAtMost) === undefined) ?? null;
      for (const run of stored?.runs ?? []) map.add(run);
    });
    // Told where it is awaited.
    loaded.catch(() => undefined);
    const fresh: Known = { name, map, file, untraced: null, loaded, toBeSeen: null };
    this.#known.set(place, fresh);
    return fresh;
  }

  /** The map, with all that lies in the target by now. */
  async #caughtUp(way: Way): Promise<Known> {
    const known = this.#of(way);
    await known.loaded;
    await this.#see(known, way);
    const { peek, ends, writes } = this.#options;
    // Who only looks hears nothing of what is copied meanwhile.
    const since = writes ? known.untraced : (known.untraced ?? known.map.end?.target ?? 0);
    if (since === null) return known;
    const end = await ends(way.target);
    if (end === null) return known;
    const trace = { ...this.#traceOf(way), from: Math.max(since, end.min), to: end.max };
    known.untraced = null;
    const learn = (run: Run): void => {
      known.map.add(run);
      known.file.append(run);
    };
    const adrift: number[] = [];
    try {
      for await (const found of retrace(peek, way.target, trace)) {
        if (found.source === null) adrift.push(found.target);
        else learn(found);
      }
      const placed = known.map.placed(adrift);
      for (const run of placed ?? []) learn(run);
      // Until something follows.
      if (placed === null) this.#untracedFrom(known, trace.from);
    } catch (error) {
      // A lost answer, heard of meanwhile, lies behind it.
      known.untraced = since;
      throw error;
    }
    return known;
  }

  /** Looks whether the target still is the one that the file tells of: else all of it is read anew. */
  async #see(known: Known, way: Way): Promise<void> {
    const { toBeSeen: run, map, file } = known;
    const { peek, ends, traced } = this.#options;
    if (run === null || !traced) return;
    const end = await ends(way.target);
    if (end === null) return;
    const [source, from] = [run.source + run.length - 1, run.target + run.length - 1];
    let isThere = from < end.min;
    if (!isThere && from < end.max) {
      for await (const found of retrace(peek, way.target, { ...this.#traceOf(way), from, to: from + 1 }))
        isThere = found.source === null || found.source === source;
    }
    known.toBeSeen = null;
    if (isThere) return;
    map.cutFrom(0, 0);
    file.outdated();
    known.untraced = 0;
  }

  #untracedFrom(known: Known, target: number): void {
    known.untraced = Math.min(known.untraced ?? Infinity, target);
  }

  #traceOf({ source, generation }: Way): { readonly tag: string; readonly generation: number } {
    return { tag: partitionTag(this.#options.connector, queueName(source)), generation };
  }
}
