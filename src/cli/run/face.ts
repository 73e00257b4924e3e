import type { Lag, Log } from '../../sdk/index.js';
import type { ConnectorStatus } from '../../store/index.js';
import type { WorkerEvent } from '../../worker/worker.js';

/** A connector as it is shown while it runs. */
export interface ConnectorView {
  readonly status: ConnectorStatus;
  readonly lag: Lag;
}

/** How a run shows itself: a person at a terminal, a log file and a script see different ones. */
export interface RunFace {
  /** Shows that something goes on; `say` tells how far it is. */
  phase<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T>;
  /** Shows the connectors from now on. */
  watch(view: () => readonly ConnectorView[]): void;
  event(event: WorkerEvent): void;
  /** A line that is worth reading later. */
  say(text: string): void;
  /** What only somebody who looks for a fault wants to know. */
  debug(text: string): void;
  /** Says that it ends now, and how. */
  stopping(text: string): void;
  readonly log: Log;
  /** Ends what moves. Idempotent. */
  close(): void;
}
