import type { SinkPlugin } from './sink.js';
import type { SourcePlugin } from './source.js';

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
