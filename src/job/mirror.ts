import type { z } from 'zod';
import type { ClusterDefinition, MirrorDefinition, MirrorEnd } from './definition.js';
import { errorPolicy } from './errors-spec.js';
import { mirrorConfigSpec, mirrorSpec } from './mirror-spec.js';
import type { Review } from './review.js';
import type { Surrounding } from './surrounding.js';
import { find, type Path } from './tree.js';

type Given = z.infer<typeof mirrorConfigSpec>;

/** The entry below `connectors:` that has `mirror:`; undefined, and problems reported, where it is wrong. */
export async function compileMirror(
  { review, job, defaults, cluster }: Surrounding,
  name: string,
  unknownKey: (key: string) => { message: string; hint?: string } | undefined,
): Promise<MirrorDefinition | undefined> {
  const path = ['connectors', name];
  const entry = await review.check(mirrorSpec, path, { mayBeEmpty: ['errors', 'config'], unknownKey });
  const config = await review.check(mirrorConfigSpec, [...path, 'config'], {
    mayBeEmpty: ['sync', 'rate', 'exclude', 'groups', 'heartbeats'],
  });
  reportDeadLetters(review, path);
  if (entry === undefined || config === undefined || review.isBroken(path)) return undefined;
  const from = endOf(review, config.from, cluster, [...path, 'config', 'from']);
  const to = endOf(review, config.to, cluster, [...path, 'config', 'to']);
  if (from === undefined || to === undefined) return undefined;
  const { errors, queues } = defaults;
  const policy = errorPolicy(name, entry.errors, errors);
  return {
    kind: 'mirror',
    plugin: entry.mirror,
    name,
    job: job.name,
    baseDir: job.baseDir,
    tasks: entry.tasks,
    createTopics: (entry.create_topics ?? defaults.create) ? { queues } : null,
    // Dead letters that a job wants of its connectors are none of a mirror: what cannot be passed on stops it.
    errors: policy.tolerance === 'dead_letter' ? { ...policy, tolerance: 'none' } : policy,
    maxRestarts: entry.max_restarts,
    stalledAfterMs: entry.stalled_after_ms,
    delivery: entry.delivery,
    onGap: entry.on_gap,
    from,
    to,
    ...routeOf(config),
  };
}

type Route =
  | 'topics'
  | 'exclude'
  | 'rename'
  | 'start'
  | 'queues'
  | 'groups'
  | 'bornTime'
  | 'sync'
  | 'rate'
  | 'heartbeats';

function routeOf(config: Given): Pick<MirrorDefinition, Route> {
  const { topics, exclude, rename, start, queues, groups, sync, rate, heartbeats } = config;
  return {
    topics,
    exclude,
    rename,
    start,
    queues,
    groups,
    bornTime: config.born_time,
    sync: { offsetsMs: sync.offsets_ms, topicsMs: sync.topics_ms, groups: sync.groups },
    heartbeats: heartbeats === false ? null : { everyMs: heartbeats.every_ms },
    rate: { recordsPerS: rate.records_per_s ?? null, bytesPerS: rate.bytes_per_s ?? null },
  };
}

/** A message that is passed on as it is has no record that a letter could hold. */
function reportDeadLetters(review: Review, path: Path): void {
  const at = [...path, 'errors', 'tolerance'];
  const node = find(review.tree, at);
  if (node?.kind !== 'scalar' || node.value !== 'dead_letter') return;
  review.report(at, 'tolerance is dead_letter, and a mirror keeps no dead letters', {
    hint: 'write none (it stops there) or skip (it is left out, counted and logged)',
  });
}

/** The end's own cluster, or the job's as it is spoken to with its own protocol. */
function endOf(
  review: Review,
  given: Given['from'],
  job: ClusterDefinition | undefined,
  path: Path,
): MirrorEnd | undefined {
  const { name, nameserver } = given;
  if (nameserver !== undefined) {
    const { access_key: accessKey, secret_key: secretKey, address_map: addressMap } = given;
    return {
      name,
      cluster: { kind: 'nameserver', nameservers: nameserver, accessKey, secretKey, addressMap },
    };
  }
  if (job?.kind !== 'proxy') return job === undefined ? undefined : { name, cluster: job };
  if (job.nameservers === null) {
    review.report(
      [...path, 'nameserver'],
      'nameserver is missing: a mirror does not go through a gRPC proxy',
      {
        hint: 'add nameserver: HOST:PORT here, or to rocketmq:',
      },
    );
    return undefined;
  }
  const { nameservers, accessKey, secretKey, addressMap } = job;
  return { name, cluster: { kind: 'nameserver', nameservers, accessKey, secretKey, addressMap } };
}
