import { CommandError } from './exit-code.js';
import type { Remembered } from './remembered.js';
import { restore } from './restored.js';

/** Deletes what a source has made in its system, and says what that was. */
export type Cleanup = () => Promise<readonly string[]>;

/** Throws where it is no source that makes anything. */
export async function cleanupOf(remembered: Remembered): Promise<Cleanup> {
  const { definition } = await restore(remembered);
  const { kind, plugin, baseDir, name: connector } = definition;
  if (kind === 'source') {
    const { source, config } = definition;
    if (source.remove !== undefined)
      return async () => (await source.remove?.(config, { baseDir, connector })) ?? [];
  }
  throw new CommandError(
    'usage',
    'usage',
    `${connector} is a ${plugin} ${kind}: it makes nothing that could be deleted`,
    { hint: 'leave --cleanup out' },
  );
}
