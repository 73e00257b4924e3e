import picomatch from 'picomatch';
import { queueName } from '../../rocketmq/queue-name.js';
import type { Companion, CompanionContext } from '../companion.js';
import { GroupSyncLoop } from './group-sync-loop.js';
import { syncSubject } from './subject.js';

/** Keeps the maps of a route's queues, and has its groups follow; without groups it does nothing. */
export function openGroupSync(context: CompanionContext): Companion {
  const { definition, from, to, store, positions, emit } = context;
  // Without groups nobody asks: a map that is wanted later is read out of the target.
  const isMapped = definition.queues === 'same' && definition.groups.length > 0;
  const warn = (message: string): void => {
    emit({ type: 'warning', message });
  };
  const subject = syncSubject(definition, { from, to, folder: store.folder, writes: true });
  const { maps } = subject;
  const loop =
    definition.groups.length === 0
      ? null
      : GroupSyncLoop.start({
          store,
          subject,
          isMeant: picomatch([...definition.groups], { dot: true }),
          everyMs: definition.sync.offsetsMs,
          makesGroups: definition.sync.groups,
          warn,
        });
  return {
    copied: ({ source, target, first, messages, targetFirst }) => {
      if (!isMapped) return;
      const generation = positions.generationOf(queueName(source));
      maps.copied({ source, target, generation, first, count: messages.length, targetFirst });
    },
    close: async () => {
      await loop?.close();
      await maps.flush();
    },
  };
}
