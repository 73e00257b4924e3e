import { statSync } from 'node:fs';
import { globSync } from 'tinyglobby';

const entry = 'dist/bundle/js/main.js';

/** `bin/` runs the bundle: after `tsc` alone it would still be the program of before. */
export function refuseStaleBundle(): void {
  const bundled = statSync(entry, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const compiled = globSync(['dist/src/**/*.js', 'dist/connectors/**/*.js'], {
    ignore: ['**/*.test.js', 'dist/src/page/**'],
  });
  if (compiled.every((file) => statSync(file).mtimeMs <= bundled)) return;
  console.error(`${entry} is older than what tsc made: run npm run build, or npx rollup -c`);
  process.exit(1);
}
