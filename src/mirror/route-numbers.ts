import type { ClusterClocks } from '../worker/meters/clock-skew.js';
import type { RouteMeter, Took } from '../worker/meters/route-meter.js';
import type { Companion, Copied } from './companion.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import type { PassedMessage } from './passed-message.js';
import { bornAtProperty } from './passed-properties.js';

/** Counts what a route copies, and how long that takes; heartbeats count only for that. */
export function routeNumbers(meter: RouteMeter): Pick<Required<Companion>, 'copied' | 'gap'> {
  return {
    copied: (copied) => {
      const { source, messages } = copied;
      if (source.topic === heartbeatTopic) return;
      const at = Date.now();
      const last = messages.at(-1);
      if (last === undefined) return;
      let bytes = 0;
      for (const { body, passedOn } of messages) bytes += body.length + passedOn.properties.length;
      meter.copied(
        source,
        { records: messages.length, bytes, at, bornAt: bornAtOf(last) },
        tookOf(copied, at, meter.sourceClocks),
      );
    },
    gap: (source, from, to) => {
      if (source.topic !== heartbeatTopic) meter.missed(source, to - from);
    },
  };
}

/** One that took longer by less than this part counts like the one before: a histogram's bucket is wider. */
const samePart = 1 / 64;

/** How long they took, the oldest first; those stored at about the same time together. */
export function tookOf({ source, messages }: Copied, at: number, clocks: ClusterClocks): readonly Took[] {
  const ahead = clocks.of(source.broker).estimate()?.ms ?? 0;
  const took: { latencyMs: number; count: number }[] = [];
  let last: { latencyMs: number; count: number } | null = null;
  let until = -Infinity;
  for (const { storedAt } of messages) {
    if (last !== null && storedAt <= until) {
      last.count += 1;
      continue;
    }
    const latencyMs: number = Math.max(0, at + ahead - storedAt);
    last = { latencyMs, count: 1 };
    until = storedAt + latencyMs * samePart;
    took.push(last);
  }
  return took;
}

/** When it was born at first, also where it came through several clusters. */
function bornAtOf({ passedOn, properties, bornAt }: PassedMessage): number {
  return passedOn.bornAt ?? (Number(properties?.[bornAtProperty]) || bornAt);
}
