import type { Writable } from 'node:stream';
import type { Plugin } from '../../src/sdk/index.js';
import { consoleSink } from './sink.js';

/** The plugin, printing to a stream of the caller's choice. */
export const consolePlugin = (stream: Writable): Plugin => ({
  name: 'console',
  summary: 'Prints records to stdout, as text or as JSON lines.',
  sink: consoleSink(stream),
  example: 'examples/generate-to-console.yaml',
});

const plugin: Plugin = consolePlugin(process.stdout);
export default plugin;
