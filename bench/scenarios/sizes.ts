import type { IntoTopic } from '../sides/into-topic.js';
import type { Stage } from '../scenario.js';

/** A record's size, and how many make a run of some seconds. */
interface Size {
  readonly bytes: number;
  readonly count: number;
  /** Behind a scenario's name. */
  readonly suffix: string;
  readonly text: string;
}

export const sizes = {
  small: { bytes: 100, count: 2_000_000, suffix: '', text: '100-byte' },
  middle: { bytes: 1024, count: 400_000, suffix: '-1k', text: '1 KiB' },
  large: { bytes: 64 * 1024, count: 8_000, suffix: '-64k', text: '64 KiB' },
} as const satisfies Readonly<Record<string, Size>>;

export const allSizes: readonly Size[] = Object.values(sizes);

/** A quick run moves so many times less. */
const quickPart = 40;

export function load({ quick }: Stage, { bytes, count }: Size, queues = 4): IntoTopic {
  return { bytes, count: quick ? count / quickPart : count, queues };
}
