import type { MirrorDefinition, MirrorEnd } from '../job/definition.js';
import { plural } from './number-text.js';

/** A mirror's route, for scripts. */
export interface RoutePlan {
  readonly from: EndPlan;
  readonly to: EndPlan;
  /** Names or globs, like `groups`. */
  readonly exclude: readonly string[];
  readonly rename: string;
  /** earliest, latest, or a time in ISO 8601. */
  readonly start: string;
  readonly queues: 'same' | 'by_key';
  readonly born_time: 'property' | 'exact';
  readonly groups: readonly string[];
  readonly sync: { readonly offsets_ms: number; readonly topics_ms: number; readonly groups: boolean };
  /** null: none are sent. */
  readonly heartbeats: { readonly every_ms: number } | null;
  /** null: no limit. */
  readonly rate: { readonly records_per_s: number | null; readonly bytes_per_s: number | null };
}

interface EndPlan {
  readonly name: string;
  /** null: the embedded broker. */
  readonly nameservers: readonly string[] | null;
}

export function routePlan(mirror: MirrorDefinition): RoutePlan {
  const { exclude, rename, queues, groups, sync, rate, heartbeats } = mirror;
  return {
    from: endPlan(mirror.from),
    to: endPlan(mirror.to),
    exclude,
    rename,
    start: startText(mirror),
    queues,
    born_time: mirror.bornTime,
    groups,
    sync: { offsets_ms: sync.offsetsMs, topics_ms: sync.topicsMs, groups: sync.groups },
    heartbeats: heartbeats === null ? null : { every_ms: heartbeats.everyMs },
    rate: { records_per_s: rate.recordsPerS, bytes_per_s: rate.bytesPerS },
  };
}

/** What a mirror does, as one would say it. */
export function routeSentence(mirror: MirrorDefinition): string {
  const { topics, exclude, rename, queues, tasks, rate, groups, delivery, onGap } = mirror;
  const what = `${topics.length === 1 ? 'topic' : 'topics'} ${topics.join(', ')}`;
  const names = rename === '{topic}' ? '' : ` as ${rename}`;
  const limits = [
    ...(rate.recordsPerS === null ? [] : [`at most ${plural(rate.recordsPerS, 'message')} a second`]),
    ...(rate.bytesPerS === null ? [] : [`at most ${plural(rate.bytesPerS, 'byte')} a second`]),
  ];
  const manner = [
    queues === 'same' ? 'queue for queue' : 'by key',
    `at most ${plural(tasks, 'task')}`,
    ...limits,
    ...(onGap === 'skip' ? ['skips gaps'] : []),
  ].join(', ');
  return (
    `copies ${what}${exclude.length === 0 ? '' : ` but ${exclude.join(', ')}`} from ${endText(mirror.from)} to ` +
    `${endText(mirror.to)}${names} from ${startText(mirror)} (${manner}), ` +
    (delivery === 'exactly_once' ? 'exactly once' : 'at least once (delivery says so)') +
    (groups.length === 0 ? '' : `; syncs offsets of ${groups.join(', ')}`)
  );
}

const startText = ({ start }: MirrorDefinition): string =>
  typeof start === 'number' ? new Date(start).toISOString() : start;

const endPlan = ({ name, cluster }: MirrorEnd): EndPlan => ({
  name,
  nameservers: cluster.kind === 'embedded' ? null : cluster.nameservers,
});

function endText({ name, cluster }: MirrorEnd): string {
  const where = cluster.kind === 'embedded' ? 'the embedded broker' : (cluster.nameservers ?? []).join(', ');
  return `${name} (${where})`;
}
