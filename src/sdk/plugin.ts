import type { SinkPlugin } from './sink.js';
import type { SourcePlugin } from './source.js';

/** A finding about a configuration that has the right shape. */
export interface Check {
  readonly severity: 'error' | 'warning';
  /** The field in `config`, outermost first. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

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

/** How far behind: null is unknown, which is not 0. */
export interface Lag {
  readonly records: number | null;
  readonly bytes: number | null;
  readonly seconds: number | null;
}

/** What a folder under connectors/ exports: a source, a sink, or both, under one name. */
export interface Plugin {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly source?: SourcePlugin;
  readonly sink?: SinkPlugin;
  /** A job file that runs as it is, relative to the package's root. */
  readonly example: string;
}

/** Plugins by name, loaded when asked for. */
export type PluginRegistry = Readonly<Record<string, () => Promise<Plugin>>>;
