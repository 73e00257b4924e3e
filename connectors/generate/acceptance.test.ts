import { acceptanceSuite } from '../../src/sdk/acceptance/index.js';
import generate from './index.js';

const texts = (first: number, step: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `record ${first + n * step}`);

acceptanceSuite(generate, {
  source: {
    scene: () =>
      Promise.resolve({
        config: { count: 4001, rate: 'unlimited', template: 'record {n}' },
        baseDir: process.cwd(),
        contents: { '1-of-2': texts(1, 2, 2001), '2-of-2': texts(2, 2, 2000) },
        tasks: 2,
      }),
  },
});
