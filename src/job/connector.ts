import type { z } from 'zod';
import { ConnectorError, type Check, type Plugin, type SinkPlugin, type SourcePlugin } from '../sdk/index.js';
import { formats } from '../stages/index.js';
import type { ConnectorDefinition, ErrorPolicy } from './definition.js';
import { errorPolicy } from './errors-spec.js';
import { compileMirror } from './mirror.js';
import { mirrorConfigSpec, mirrorSpec } from './mirror-spec.js';
import { didYouMean, nearest } from './nearest.js';
import type { Review } from './review.js';
import { sinkSpec, sourceSpec } from './spec.js';
import { compileTransforms } from './transforms.js';
import type { Surrounding } from './surrounding.js';
import { find, type Path } from './tree.js';

const kinds = ['source', 'sink', 'mirror'] as const;
type Kind = (typeof kinds)[number];
const keysOf: Readonly<Record<Kind, readonly string[]>> = {
  source: Object.keys(sourceSpec.shape),
  sink: Object.keys(sinkSpec.shape),
  mirror: Object.keys(mirrorSpec.shape),
};

/** The entry below `connectors:`; undefined, and problems reported, where it is wrong. */
export async function compileConnector(
  around: Surrounding,
  name: string,
): Promise<ConnectorDefinition | undefined> {
  const { review, job } = around;
  const path = ['connectors', name];
  const kind = kindOf(review, name, path);
  if (kind === undefined) return undefined;
  if (kind === 'mirror') return compileMirror(around, name, (key) => otherKindsKey(key, name, kind));
  const options = {
    mayBeEmpty: ['config', 'transforms', 'errors'],
    unknownKey: (key: string) => otherKindsKey(key, name, kind),
  };
  // Each part is checked whatever is wrong with the others: all problems at once.
  const source = kind === 'source' ? await review.check(sourceSpec, path, options) : undefined;
  const sink = kind === 'sink' ? await review.check(sinkSpec, path, options) : undefined;
  const transforms = await compileTransforms(review, [...path, 'transforms']);
  const plugged = await plug(around, kind, path);
  if (plugged === undefined || review.isBroken(path)) return undefined;
  const entry = source ?? sink;
  if (entry === undefined) return undefined;
  const { create, queues, errors } = around.defaults;
  const base = {
    name,
    job: job.name,
    baseDir: job.baseDir,
    plugin: plugged.name,
    config: plugged.config,
    tasks: entry.tasks,
    format: formats[entry.format],
    transforms,
    createTopics: (entry.create_topics ?? create) ? { queues: entry.topic_queues ?? queues } : null,
    errors: errorPolicy(name, entry.errors, errors),
    maxRestarts: entry.max_restarts,
    stalledAfterMs: entry.stalled_after_ms,
  };
  reportLoop(review, path, base.errors, source === undefined ? topicsOf(sink) : [source.topic]);
  if (review.isBroken(path)) return undefined;
  if (source !== undefined && plugged.plugin.kind === 'source') {
    const { topic, order, delivery, ordering_key: orderingKey = null } = source;
    return { ...base, kind: 'source', source: plugged.plugin, topic, order, orderingKey, delivery };
  }
  if (sink === undefined || plugged.plugin.kind !== 'sink') return undefined;
  const topics = topicsOf(sink);
  const group = sink.group ?? `connect-${name}`;
  const { from, delivery, commit_interval_ms: commitIntervalMs, on_gap: onGap } = sink;
  const ordering = sink.ordering ?? plugged.plugin.ordering ?? 'strict';
  const its = { topics, group, from, delivery, commitIntervalMs, onGap, ordering };
  return { ...base, kind: 'sink', sink: plugged.plugin, ...its };
}

const topicsOf = (sink: z.infer<typeof sinkSpec> | undefined): readonly string[] =>
  sink?.topics ?? (sink?.topic === undefined ? [] : [sink.topic]);

/** Dead letters that come back as records would be dead letters again. */
function reportLoop(review: Review, path: Path, errors: ErrorPolicy, topics: readonly string[]): void {
  const { tolerance, deadLetterTopic } = errors;
  if (tolerance !== 'dead_letter' || !topics.includes(deadLetterTopic)) return;
  const message = `its dead letters would go to ${deadLetterTopic}, the topic of its records`;
  const hint = 'give dead_letter_topic: another name';
  review.report([...path, 'errors', 'dead_letter_topic'], message, { hint });
}

function kindOf(review: Review, name: string, path: Path): Kind | undefined {
  const entry = find(review.tree, path);
  if (entry?.kind !== 'mapping') {
    review.report(path, `${name} must be a mapping`, { hint: 'give it source:, sink: or mirror:' });
    return undefined;
  }
  const [kind, other] = kinds.filter((one) => entry.entries.has(one));
  if (kind !== undefined && other !== undefined) {
    review.report([...path, other], `${name} cannot be a ${kind} and a ${other}`, {
      hint: 'make two connectors of it',
    });
    return undefined;
  }
  if (kind !== undefined) return kind;
  const known = [...new Set(kinds.flatMap((one) => keysOf[one]))];
  const strange = [...entry.entries.keys()].filter((key) => !known.includes(key));
  for (const key of strange) {
    review.report([...path, key], `unknown key ${key}`, { hint: didYouMean(key, known) });
  }
  if (!strange.some((key) => kinds.some((one) => one === nearest(key, known)))) {
    review.report(path, `${name} has neither source nor sink nor mirror`, {
      hint: 'add source: NAME, sink: NAME or mirror: rocketmq',
    });
  }
  return undefined;
}

const mirrorConfigKeys: readonly string[] = Object.keys(mirrorConfigSpec.shape);

function otherKindsKey(
  key: string,
  connector: string,
  kind: Kind,
): { message: string; hint?: string } | undefined {
  if (kind === 'mirror' && mirrorConfigKeys.includes(key)) {
    return { message: `${key} of a mirror stands below config:`, hint: `move it there` };
  }
  const other = kinds.find((one) => keysOf[one].includes(key));
  if (other === undefined) return undefined;
  const message = `${key} is for a ${other}, and ${connector} is a ${kind}`;
  return { message, hint: key === 'topics' ? 'a source has one topic: NAME' : 'remove it' };
}

interface Plugged {
  readonly name: string;
  readonly plugin: SourcePlugin | SinkPlugin;
  readonly config: unknown;
}

/** The plugin, and what it makes of `config:`. */
async function plug(
  { review, job, plugins }: Surrounding,
  kind: 'source' | 'sink',
  path: Path,
): Promise<Plugged | undefined> {
  const at = [...path, kind];
  const node = find(review.tree, at);
  if (node?.kind !== 'scalar' || typeof node.value !== 'string' || review.isBroken(at)) return undefined;
  const name = node.value;
  const load = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
  if (load === undefined) {
    const shown = node.filled?.source ?? name;
    review.report(at, `there is no connector called ${shown}`, {
      hint: didYouMean(name, Object.keys(plugins)),
    });
    return undefined;
  }
  const plugin = side(await load(), kind);
  if (plugin === undefined) {
    const other = kind === 'source' ? 'sink' : 'source';
    review.report(at, `${name} is only a ${other}`, { hint: `write ${other}: ${name}, or choose another` });
    return undefined;
  }
  const config = [...path, 'config'];
  const given = await review.check(plugin.spec, config);
  if (given === undefined || review.isBroken(config)) return undefined;
  for (const found of await findings(plugin, given, job.baseDir)) {
    review.report([...config, ...found.path], found.message, found);
  }
  return { name, plugin, config: given };
}

/** A check that cannot be made is a finding too. */
async function findings(
  plugin: SourcePlugin | SinkPlugin,
  config: unknown,
  baseDir: string,
): Promise<readonly Check[]> {
  try {
    return (await plugin.check?.(config, { baseDir })) ?? [];
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { message, hint } = error;
    return [{ severity: 'error', path: [], message, ...(hint === undefined ? {} : { hint }) }];
  }
}

const side = (plugin: Plugin, kind: 'source' | 'sink'): SourcePlugin | SinkPlugin | undefined =>
  kind === 'source' ? plugin.source : plugin.sink;
