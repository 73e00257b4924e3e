import type { RunFace } from './face.js';
import type { ServiceSettings } from './servers.js';

export interface RunSettings {
  readonly dataDir: string;
  readonly envFiles: readonly string[];
  readonly once: boolean;
  readonly wait: boolean;
  /** Whether to wait for `stop` when nothing is left that runs, because connectors have failed. */
  readonly stay: boolean;
  readonly shutdownTimeoutMs: number;
  readonly face: RunFace;
  /** Whether what the official gRPC client says is told too. */
  readonly clientLog: boolean;
  /** Null: nobody speaks to it while it runs. */
  readonly service: ServiceSettings | null;
  /** Asks to stop. Aborting before anything was started throws its reason. */
  readonly stop: AbortSignal;
}
