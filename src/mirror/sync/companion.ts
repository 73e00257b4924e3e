import picomatch from 'picomatch';
import type { Admin, Queue } from '../../rocketmq/cluster.js';
import type { MirrorDefinition } from '../../job/definition.js';
import type { Companion, CompanionContext } from '../companion.js';
import { renamed } from '../patterns.js';
import { GroupSyncLoop } from './group-sync-loop.js';
import { QueueMaps, type QueueMapsOptions } from './queue-maps.js';

/** Keeps the maps of a route's queues, and has its groups follow; without groups it does nothing. */
export function openGroupSync(context: CompanionContext): Promise<Companion> {
  const { definition, from, to, store, emit } = context;
  // Without groups nobody asks: a map that is wanted later is read out of the target.
  const isMapped = definition.queues === 'same' && definition.groups.length > 0;
  const warn = (message: string): void => {
    emit({ type: 'warning', message });
  };
  const maps = new QueueMaps({ ...mapOptions(definition, to.admin), folder: store.folder, writes: true });
  const loop =
    definition.groups.length === 0
      ? null
      : GroupSyncLoop.start({
          store,
          subject: {
            from: { name: definition.from.name, admin: from.admin },
            to: { name: definition.to.name, admin: to.admin },
            maps,
            targetTopic: (topic) => renamed(definition.rename, definition.from.name, topic),
          },
          isMeant: picomatch([...definition.groups], { dot: true }),
          everyMs: definition.sync.offsetsMs,
          makesGroups: definition.sync.groups,
          warn,
        });
  return Promise.resolve({
    copied: ({ source, target, first, messages, targetFirst }) => {
      if (isMapped) maps.copied({ source, target, first, count: messages.length, targetFirst });
    },
    leftOut: () => undefined,
    gap: () => undefined,
    anew: (source) => {
      maps.anew(source).catch((error: unknown) => {
        warn(
          `the map of offsets cannot be removed: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
    },
    close: async () => {
      await loop?.close();
      await maps.flush();
    },
  });
}

/** How the maps look into the target. */
function mapOptions(
  { name }: MirrorDefinition,
  admin: Admin,
): Pick<QueueMapsOptions, 'connector' | 'peek' | 'ends'> {
  return {
    connector: name,
    peek: (queue, offset, limit) => admin.peek(queue, offset, limit),
    ends: async ({ topic, broker, queue }: Queue) =>
      (await admin.topic(topic))?.find((at) => at.broker === broker && at.queue === queue) ?? null,
  };
}
