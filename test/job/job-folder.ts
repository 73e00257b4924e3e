import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { plugins } from '../../connectors/index.js';
import type { JobDefinition, Loaded } from '../../src/job/definition.js';
import { loadJobs, type LoadOptions } from '../../src/job/load.js';
import { renderProblem } from '../../src/job/problem.js';

/** A folder of job files that goes away with the test. */
export class JobFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async with(context: TestContext, files: Readonly<Record<string, string>>): Promise<JobFolder> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'rmq-connect-jobs-'));
    context.after(() => rm(folder, { recursive: true }));
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
    return new JobFolder(folder);
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  load(names: readonly string[], options: Partial<LoadOptions> = {}): Promise<Loaded> {
    return loadJobs(
      names.map((name) => this.file(name)),
      { plugins, env: {}, ...options },
    );
  }

  rendered({ problems }: Loaded): readonly string[] {
    return problems.map((problem) => renderProblem(problem, this.path));
  }

  /** The only job of the file; throws with its problems where there is none. */
  async job(name: string, options: Partial<LoadOptions> = {}): Promise<JobDefinition> {
    const loaded = await this.load([name], options);
    const [job] = loaded.jobs;
    if (job === undefined) throw new Error(this.rendered(loaded).join('\n'));
    return job;
  }
}
