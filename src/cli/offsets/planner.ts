import type { DataDir } from '../../store/index.js';
import type { ClusterAccess } from '../cluster-access.js';
import type { Remembered } from '../remembered.js';
import type { Plan } from './plan.js';
import type { Target } from './target.js';

/** What is asked for, the target made absolute. */
export interface Move {
  readonly target: Target | null;
  readonly topics: readonly string[];
  readonly queues: readonly string[];
  readonly partitions: readonly string[];
  /** JSON text. */
  readonly position: string | null;
  /** What a source has made in its system is to be deleted, too. */
  readonly cleanup: boolean;
}

/** Where a plan finds what it needs to know. */
export interface Places {
  readonly dataDir: DataDir;
  readonly access: ClusterAccess;
}

/** What moving a connector would change. */
export type Planner = (remembered: Remembered, move: Move, at: Places) => Promise<Plan>;
