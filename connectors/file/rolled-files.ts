import type { Log, QueueOffset } from '../../src/sdk/index.js';
import type { ExactFiles } from './exact-files.js';
import { gatheredBytes } from './gathered-rows.js';
import { gatheringPath, nextName } from './rolled-name.js';
import type { GatheringFile } from './sink-state.js';
import type { Rolling } from './spec.js';
import type { WholeFile } from './whole-file.js';

const lookEveryMs = 250;

/**
 * Files that appear only when they are whole. Records gather in a hidden file beside, which grows and is cut
 * back like any other file of the sink. When it is large or old enough, or the sink is closed, it is made into the
 * whole file and gets the next number.
 */
export class RolledFiles {
  readonly #exact: ExactFiles;
  readonly #rolling: Rolling;
  readonly #whole: WholeFile;
  readonly #log: Log;
  /** Bytes in each file that gathers. */
  readonly #bytes = new Map<string, number>();
  readonly #timer: NodeJS.Timeout | undefined;
  #ending: Promise<void> = Promise.resolve();

  /** `exact` knows what the last run left gathering, and has cut it back. */
  static async open(options: {
    readonly exact: ExactFiles;
    readonly rolling: Rolling;
    readonly whole: WholeFile;
    readonly log: Log;
  }): Promise<RolledFiles> {
    const files = new RolledFiles(options);
    try {
      await files.#resume();
    } catch (error) {
      clearInterval(files.#timer);
      throw error;
    }
    return files;
  }

  private constructor({ exact, rolling, whole, log }: Parameters<typeof RolledFiles.open>[0]) {
    this.#exact = exact;
    this.#rolling = rolling;
    this.#whole = whole;
    this.#log = log;
    if (rolling.age_ms === undefined) return;
    this.#timer = setInterval(
      () => {
        // What fails is tried again, and told by the next write.
        this.#endDue().catch(() => undefined);
      },
      Math.min(lookEveryMs, rolling.age_ms),
    );
  }

  /** As `ExactFiles.write`; the paths have a place for a number. */
  async write(records: ReadonlyMap<string, Buffer>, upTo: readonly QueueOffset[]): Promise<void> {
    await this.#endDue();
    const gathered = new Map(Array.from(records, ([path, bytes]) => [gatheringPath(path), bytes]));
    for (const path of records.keys()) this.#gather(path);
    await this.#exact.write(gathered, upTo);
    for (const [path, { length }] of gathered) this.#bytes.set(path, (this.#bytes.get(path) ?? 0) + length);
    await this.#endDue();
  }

  /** Makes whole files of all that has gathered. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#endThose(() => true);
  }

  #gather(path: string): void {
    const gathering = gatheringPath(path);
    if (this.#exact.gathering.has(gathering)) return;
    this.#exact.gathering.set(gathering, { path, since: Date.now() });
  }

  async #resume(): Promise<void> {
    for (const path of this.#exact.gathering.keys()) {
      const bytes = await gatheredBytes(path);
      if (bytes === null) this.#exact.gathering.delete(path);
      else this.#bytes.set(path, bytes);
    }
    await this.#endDue();
  }

  #endDue(): Promise<void> {
    const { bytes, age_ms = Infinity } = this.#rolling;
    return this.#endThose(
      ([path, { since, becomes }]) =>
        becomes !== undefined || (this.#bytes.get(path) ?? 0) >= bytes || Date.now() - since >= age_ms,
    );
  }

  #endThose(isDue: (entry: readonly [string, GatheringFile]) => boolean): Promise<void> {
    const ended = this.#ending.then(async () => {
      for (const entry of Array.from(this.#exact.gathering).filter(isDue)) await this.#end(...entry);
    });
    this.#ending = ended.catch(() => undefined);
    return ended;
  }

  async #end(gathering: string, { path, becomes }: GatheringFile): Promise<void> {
    const name = becomes ?? (await nextName(path));
    await this.#exact.end(gathering, name, async () => {
      await this.#whole.make(gathering, name);
      this.#log.info(`${name} is whole`, { bytes: this.#bytes.get(gathering) ?? 0 });
    });
    this.#bytes.delete(gathering);
  }
}
