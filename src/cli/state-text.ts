import type { State } from '../store/index.js';
import type { Style } from './style.js';

/** A state in its colour. */
export function stateText(state: State, style: Style): string {
  switch (state) {
    case 'running':
    case 'finished':
      return style.green(state);
    case 'failed':
      return style.red(state);
    case 'starting':
    case 'restarting':
    case 'standby':
      return style.yellow(state);
    case 'paused':
    case 'stopped':
      return style.dim(state);
  }
}
