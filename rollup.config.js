import { readFileSync, readdirSync, rmSync } from 'node:fs';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';

/** What each command needs, in more than a hundred files that would be looked for one by one. */
const takenIn = ['commander', 'yaml', 'zod'];

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const leftOut = Object.keys(dependencies).filter((name) => !takenIn.includes(name));

/** Their licences ask for it. */
const licences = {
  name: 'licences',
  generateBundle() {
    const texts = takenIn.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`);
    this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join('\n\n') });
  },
};

/** What a build before left, under names that nothing asks for any more. */
const leftovers = {
  name: 'leftovers',
  writeBundle({ dir }, bundle) {
    for (const name of readdirSync(dir)) if (!(name in bundle)) rmSync(`${dir}/${name}`);
  },
};

/** The command line in few files: half of the time a command took to start went into finding and reading some 400 modules. */
export default {
  input: 'dist/src/cli/main.js',
  external: [/^node:/, ...leftOut.map((name) => new RegExp(`^${name}(/|$)`))],
  plugins: [
    nodeResolve({ resolveOnly: takenIn, exportConditions: ['node'] }),
    commonjs(),
    licences,
    leftovers,
  ],
  onLog(level, log, handle) {
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    const ofOthers = log.code === 'INVALID_ANNOTATION' || log.code === 'CIRCULAR_DEPENDENCY';
    if (!ofOthers || !log.message.includes('node_modules')) handle(level, log);
  },
  output: { dir: 'dist/bundle/js', chunkFileNames: '[name]-[hash].js' },
};
