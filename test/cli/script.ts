import { spawnSync } from 'node:child_process';

const { status, stdout: version } = spawnSync('script', ['--version'], { encoding: 'utf8' });

/** Why there is no terminal to test on; false: there is one. */
export const noScript =
  status === 0 && version.includes('util-linux')
    ? false
    : 'util-linux is not installed: there is no script(1) to make a terminal with';
