import type { Queue } from '../../rocketmq/cluster.js';
import { queueName } from '../../rocketmq/queue-name.js';
import { partitionTag } from '../../worker/stamp.js';
import { OffsetMap } from './offset-map.js';
import { retrace, type Peek } from './retrace.js';

/** How many of the target's last messages are looked at. */
const looks = [32, 1_024] as const;

/**
 * Behind which offset of the target lies what is copied up to `position` of the source: told by the last messages there.
 * Null where they do not say: none of them is of the route, or all are behind the position.
 */
export async function targetPlace(
  peek: Peek,
  connector: string,
  way: {
    readonly source: Queue;
    readonly target: Queue;
    readonly generation: number;
    readonly position: number;
  },
  { min, max }: { readonly min: number; readonly max: number },
): Promise<number | null> {
  // What comes next comes first.
  if (min === max) return max;
  const tag = partitionTag(connector, queueName(way.source));
  for (const look of looks) {
    const from = Math.max(min, max - look);
    const map = new OffsetMap();
    for await (const run of retrace(peek, way.target, { tag, generation: way.generation, from, to: max }))
      if (run.source !== null) map.add(run);
    const [first] = map.runs;
    if (first !== undefined && first.source < way.position) return placeIn(map, way.position);
    if (from === min) return null;
  }
  return null;
}

/** Behind the last message that lies before the position. */
function placeIn(map: OffsetMap, position: number): number | null {
  const run = map.runs.findLast(({ source }) => source < position);
  return run === undefined ? null : run.target + Math.min(run.length, position - run.source);
}
