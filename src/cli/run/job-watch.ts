import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connectors, Known } from '../../control/connectors.js';
import type { JobDefinition, Loaded } from '../../job/definition.js';
import { jobFiles } from '../../job/files.js';
import { renderProblem } from '../../job/problem.js';
import { tell } from '../exit-code.js';
import { knownOf } from './known-connectors.js';

const lookEveryMs = 500;

export interface JobWatchOptions {
  /** Files and folders, as they were named. */
  readonly paths: readonly string[];
  readonly load: () => Promise<Loaded>;
  readonly connectors: Connectors;
  /** What the worker was started with. */
  readonly jobs: readonly JobDefinition[];
  /** Throws where a name belongs to another job file. */
  readonly refuse: (jobs: readonly JobDefinition[]) => Promise<void>;
  readonly say: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * Follows job files: what changed in them is changed in the worker, and nothing else. Files that do not hold are
 * told, and leave all as it is. Variables of the environment are not followed.
 */
export class JobWatch {
  readonly #options: JobWatchOptions;
  readonly #stop = new AbortController();
  /** What the worker has of the files, by name. */
  readonly #known: Map<string, string>;
  /** What of the files it has not taken over yet. */
  #left: Changes = { gone: [], changed: [] };
  #told = '';
  #watching: Promise<void> = Promise.resolve();

  constructor(options: JobWatchOptions) {
    this.#options = options;
    this.#known = new Map(options.jobs.flatMap(knownOf).map((one) => [one.definition.name, essence(one)]));
  }

  /** Resolves when it has seen how the files are now. */
  async start(): Promise<void> {
    const seen = await this.#look();
    this.#watching = this.#watch(seen);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(first: string): Promise<void> {
    const { signal } = this.#stop;
    let [taken, before] = [first, first];
    while (!signal.aborted) {
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
      const now = await this.#look();
      // A file that is being written is left alone until it is whole.
      if (now !== taken && now === before) {
        taken = now;
        await this.#take().catch((error: unknown) => {
          this.#options.warn(
            `the job files have changed, and could not be taken over: ${tell(error).message}`,
          );
        });
      } else await this.#takeOver();
      before = now;
    }
  }

  /** A text that is another one when a file has changed. */
  async #look(): Promise<string> {
    const { files } = await jobFiles(this.#options.paths);
    const marks = files.map(async (file) => {
      const found = await stat(file).catch(() => null);
      return found === null
        ? ''
        : `${file} ${String(found.mtimeMs)} ${String(found.size)} ${String(found.ino)}`;
    });
    return (await Promise.all(marks)).join('\n');
  }

  async #take(): Promise<void> {
    const { load, refuse, say, warn } = this.#options;
    const { jobs, problems } = await load();
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      const lines = errors.map((problem) => renderProblem(problem)).join('\n');
      warn(`the job files have changed, and do not hold; all stays as it is:\n${lines}`);
      return;
    }
    await refuse(jobs);
    const wanted = jobs.flatMap(knownOf);
    const names = new Set(wanted.map(({ definition: { name } }) => name));
    const changed = wanted.filter((one) => this.#known.get(one.definition.name) !== essence(one));
    const dropped = [...this.#known.keys()].filter((name) => !names.has(name));
    const gone = dropped.filter((name) => this.#isOfFile(name));
    for (const name of dropped) if (!gone.includes(name)) this.#known.delete(name);
    this.#left = { gone, changed };
    this.#told = '';
    if (changed.length + gone.length === 0) {
      say('the job files have changed, but no connector');
      return;
    }
    const told = [
      ...changed.map(({ definition: { name } }) => name),
      ...gone.map((name) => `${name} (gone)`),
    ];
    say(`the job files have changed: ${told.join(', ')}`);
    await this.#takeOver();
  }

  /** One that cannot be taken over keeps none of the others back, and is tried again at the next look. */
  async #takeOver(): Promise<void> {
    const { gone, changed } = this.#left;
    if (gone.length + changed.length === 0) return;
    const { connectors } = this.#options;
    const failures: string[] = [];
    const tried = async (what: string, work: () => Promise<void>): Promise<boolean> => {
      try {
        await work();
        return true;
      } catch (error) {
        failures.push(`${what}: ${tell(error).message}`);
        return false;
      }
    };
    const left = { gone: [...gone], changed: [...changed] };
    for (const name of gone) {
      const removed = await tried(`${name} (gone)`, async () => {
        if (this.#isOfFile(name)) await connectors.remove(name);
      });
      if (!removed) continue;
      this.#known.delete(name);
      left.gone.splice(left.gone.indexOf(name), 1);
    }
    await tried('what changes places', () => connectors.makeWay(changed));
    for (const one of changed) {
      const { name } = one.definition;
      if (!(await tried(name, () => connectors.adopt(one)))) continue;
      this.#known.set(name, essence(one));
      left.changed.splice(left.changed.indexOf(one), 1);
    }
    this.#left = left;
    this.#tellFailures(failures);
  }

  /** Somebody may have removed it, and made another one of the name. */
  #isOfFile(name: string): boolean {
    const { connectors } = this.#options;
    return connectors.has(name) && connectors.get(name).origin === 'file';
  }

  /** Once, however often it is tried. */
  #tellFailures(failures: readonly string[]): void {
    const told = failures.join('\n');
    if (told !== '' && told !== this.#told) {
      this.#options.warn(`the job files have changed, and this is tried again until it works:\n${told}`);
    }
    this.#told = told;
  }
}

interface Changes {
  readonly gone: readonly string[];
  readonly changed: readonly Known[];
}

const essence = ({ raw }: Known): string => JSON.stringify(raw);
