import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder: from dist/src/cli, where tests find this, as from dist/bundle/js. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
