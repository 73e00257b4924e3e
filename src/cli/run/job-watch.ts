import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connectors, Known } from '../../control/connectors.js';
import type { JobDefinition, Loaded } from '../../job/definition.js';
import { jobFiles } from '../../job/files.js';
import { renderProblem } from '../../job/load.js';
import { tell } from '../exit-code.js';
import { knownOf } from './service.js';

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
  #known: ReadonlyMap<string, string>;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: JobWatchOptions) {
    this.#options = options;
    this.#known = essences(options.jobs.flatMap(knownOf));
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
      }
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
    const { load, connectors, refuse, say, warn } = this.#options;
    const { jobs, problems } = await load();
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      const lines = errors.map((problem) => renderProblem(problem)).join('\n');
      warn(`the job files have changed, and do not hold; all stays as it is:\n${lines}`);
      return;
    }
    await refuse(jobs);
    const wanted = jobs.flatMap(knownOf);
    const next = essences(wanted);
    const changed = wanted.filter(({ definition: { name } }) => this.#known.get(name) !== next.get(name));
    const gone = [...this.#known.keys()].filter((name) => !next.has(name) && connectors.has(name));
    this.#known = next;
    if (changed.length + gone.length === 0) {
      say('the job files have changed, but no connector');
      return;
    }
    const names = [
      ...changed.map(({ definition: { name } }) => name),
      ...gone.map((name) => `${name} (gone)`),
    ];
    say(`the job files have changed: ${names.join(', ')}`);
    for (const name of gone) await connectors.remove(name);
    for (const one of changed) await connectors.adopt(one);
  }
}

const essences = (known: readonly Known[]): ReadonlyMap<string, string> =>
  new Map(known.map(({ definition, raw }) => [definition.name, JSON.stringify(raw)]));
