import type { MirrorDefinition } from '../../job/definition.js';
import type { Cluster, Queue } from '../../rocketmq/cluster.js';
import { renamed } from '../patterns.js';
import type { SyncSubject } from './plan-group.js';
import { QueueMaps } from './queue-maps.js';

/** What a route's groups are synced by. `folder` is the connector's; `writes`: see `QueueMaps`. */
export function syncSubject(
  { name: connector, from: source, to: target, rename, delivery }: MirrorDefinition,
  {
    from,
    to,
    folder,
    writes,
  }: { readonly from: Cluster; readonly to: Cluster; readonly folder: string; readonly writes: boolean },
): Omit<SyncSubject, 'queues'> {
  const { admin } = to;
  return {
    from: { name: source.name, admin: from.admin },
    to: { name: target.name, admin },
    maps: new QueueMaps({
      connector,
      folder,
      writes,
      traced: delivery === 'exactly_once',
      peek: (queue, offset, limit) => admin.peek(queue, offset, limit),
      ends: async ({ topic, broker, queue }: Queue) =>
        (await admin.topic(topic))?.find((at) => at.broker === broker && at.queue === queue) ?? null,
    }),
    traced: delivery === 'exactly_once',
    targetTopic: (topic) => renamed(rename, source.name, topic),
  };
}
