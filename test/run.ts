/**
 * Runs the compiled tests of one suite with Node's own runner: `node dist/test/run.js unit|real|long [part of a path…]`.
 * What to run is read from the sources, so that leftovers in dist/ are never run.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'tinyglobby';
import { refuseStaleBundle } from './rig/bundle.js';
import { startServices } from './rig/services.js';

/** `minutes`: after so long a file counts as hanging. */
const suites: Readonly<
  Record<
    string,
    { patterns: string[]; ignore: string[]; services: boolean; concurrency: number; minutes: number }
  >
> = {
  /** Needs only Node. */
  unit: {
    patterns: ['test/**/*.test.ts', 'connectors/**/*.test.ts'],
    ignore: ['test/real/**', 'test/long/**'],
    services: false,
    concurrency: 3,
    minutes: 5,
  },
  /** Starts a real RocketMQ and other servers. Three files at a time, as much of it is waiting: each names what it makes there for itself. */
  real: { patterns: ['test/real/**/*.test.ts'], ignore: [], services: true, concurrency: 3, minutes: 10 },
  /** The full crash and load rounds. */
  long: { patterns: ['test/long/**/*.test.ts'], ignore: [], services: true, concurrency: 1, minutes: 60 },
};

const [name = 'unit', ...filters] = process.argv.slice(2);
const suite = suites[name];
if (suite === undefined) {
  console.error(`no suite ${name}; there are: ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}
const sources = globSync(suite.patterns, { ignore: suite.ignore }).sort();
const files = sources
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .map((file) => `dist/${file.replace(/\.ts$/, '.js')}`);
if (files.length === 0) {
  console.error(`no test file in suite ${name}${filters.length > 0 ? ` matches ${filters.join(' ')}` : ''}`);
  process.exit(1);
}
refuseStaleBundle();
if (suite.services) await startServices();
const child = spawn(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${String(suite.concurrency)}`,
    `--test-timeout=${String(suite.minutes * 60_000)}`,
    ...files,
  ],
  { stdio: 'inherit' },
);
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
