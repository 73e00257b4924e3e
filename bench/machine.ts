import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were made on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_bytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Of the minute before the start: what else was running. */
  readonly load_before: number;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    kernel: release(),
    node: process.version,
    load_before: loadavg()[0] ?? 0,
  };
}
