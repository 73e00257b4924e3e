import { Writable } from 'node:stream';
import { acceptanceSuite } from '../../src/sdk/acceptance/index.js';
import { consolePlugin } from './index.js';

let printed = '';
const screen = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    printed += chunk.toString();
    setImmediate(done);
  },
});

acceptanceSuite(consolePlugin(screen), {
  sink: {
    scene: () => {
      printed = '';
      return Promise.resolve({
        config: { output: 'text' },
        baseDir: process.cwd(),
        written: () => Promise.resolve(printed.split('\n').slice(0, -1)),
      });
    },
  },
});
