import type { ClusterClocks } from '../worker/meters/clock-skew.js';
import type { RouteMeter, Took } from '../worker/meters/route-meter.js';
import type { Companion, Copied } from './companion.js';
import { heartbeatTopic } from './heartbeat-topic.js';
import type { PassedMessage } from './passed-message.js';
import { bornAtProperty } from './passed-properties.js';

/** Counts what a route copies, and how long that takes; heartbeats count only for that. */
export function routeNumbers(meter: RouteMeter): Companion {
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
    leftOut: () => undefined,
    gap: (source, from, to) => {
      if (source.topic !== heartbeatTopic) meter.missed(source, to - from);
    },
    close: () => Promise.resolve(),
  };
}

/** Messages that were stored in the same millisecond took the same time. */
export function tookOf({ source, messages }: Copied, at: number, clocks: ClusterClocks): readonly Took[] {
  const ahead = clocks.of(source.broker).estimate()?.ms ?? 0;
  const took: { latencyMs: number; count: number }[] = [];
  let before: number | null = null;
  for (const { storedAt } of messages) {
    const last = took.at(-1);
    if (last !== undefined && storedAt === before) last.count += 1;
    else took.push({ latencyMs: Math.max(0, at + ahead - storedAt), count: 1 });
    before = storedAt;
  }
  return took;
}

/** When it was born at first, also where it came through several clusters. */
function bornAtOf({ passedOn, properties, bornAt }: PassedMessage): number {
  return passedOn.bornAt ?? (Number(properties?.[bornAtProperty]) || bornAt);
}
