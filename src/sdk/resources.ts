/**
 * Absolute paths and other names of things on this machine that a connector uses. The worker keeps a second one
 * from starting while another runs on this machine that has the same path in `writes`, or the same group (a
 * source: name) and folder in `writesIn`.
 */
export interface Resources {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Folders in which it writes files whose names the records decide. */
  readonly writesIn?: readonly string[];
  /** Whether it would also read this, though it is not there yet (a glob). */
  readonly wouldRead?: (resource: string) => boolean;
}
