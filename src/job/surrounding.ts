import type { PluginRegistry } from '../sdk/index.js';
import type { ClusterDefinition } from './definition.js';
import type { GivenErrors } from './errors-spec.js';
import type { Review } from './review.js';

export interface JobOutline {
  readonly name: string;
  /** What requests to the worker's API must have; null: the job says nothing. */
  readonly apiToken: string | null;
  readonly file: string;
  readonly baseDir: string;
}

/** What holds unless a connector says otherwise. */
export interface Defaults {
  readonly create: boolean;
  readonly queues: number;
  readonly errors: GivenErrors | undefined;
}

/** What a connector's entry is compiled in. */
export interface Surrounding {
  readonly review: Review;
  readonly job: JobOutline;
  readonly plugins: PluginRegistry;
  readonly defaults: Defaults;
  /** The job's own; undefined where it is wrong. */
  readonly cluster: ClusterDefinition | undefined;
}
