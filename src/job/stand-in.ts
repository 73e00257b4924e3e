import path from 'node:path';
import { z } from 'zod';
import type { JsonObject, JsonValue, SinkPlugin, SourcePlugin } from '../sdk/index.js';
import { formats } from '../stages/index.js';
import type { ClusterDefinition, ConnectorDefinition } from './definition.js';
import { errorPolicy } from './errors-spec.js';

export interface Lost {
  readonly name: string;
  readonly kind: ConnectorDefinition['kind'];
  readonly job: string;
  readonly file: string;
  /** As it was written. */
  readonly entry: JsonObject;
}

/**
 * Stands for a definition that cannot be made any more (a variable is gone), so that the connector can be shown,
 * mended and deleted like any other. It must never run.
 */
export function standIn(
  { name, kind, job, file, entry }: Lost,
  cluster: ClusterDefinition,
): ConnectorDefinition {
  const base = {
    name,
    job,
    baseDir: path.dirname(file),
    plugin: textOf(entry[kind]),
    tasks: 1,
    createTopics: null,
    errors: errorPolicy(name),
    maxRestarts: 0,
    stalledAfterMs: 60_000,
    delivery: 'at_least_once',
    onGap: 'fail',
  } as const;
  const plugged = { ...base, config: null, format: formats.json, transforms: [] };
  const [topic = '', ...others] = topicsOf(entry);
  const topics = topic === '' ? [] : [topic, ...others];
  switch (kind) {
    case 'source':
      return { ...plugged, kind, source: noSource, topic, order: 'partition', orderingKey: null };
    case 'sink': {
      const group = typeof entry.group === 'string' ? entry.group : `connect-${name}`;
      const its = { topics, group, from: 'earliest', ordering: 'strict', commitIntervalMs: 1_000 } as const;
      return { ...plugged, ...its, kind, sink: noSink };
    }
    case 'mirror':
      return {
        ...base,
        kind,
        from: { name: '', cluster },
        to: { name: '', cluster },
        topics,
        exclude: [],
        rename: '{topic}',
        start: 'earliest',
        queues: 'same',
        bornTime: 'property',
        groups: [],
        sync: { offsetsMs: 60_000, topicsMs: 60_000, groups: false },
        heartbeats: null,
        rate: { recordsPerS: null, bytesPerS: null },
      };
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

function topicsOf({ topic, topics }: JsonObject): readonly string[] {
  const all = Array.isArray(topics) ? topics : [topic];
  return all.filter((one) => typeof one === 'string');
}

const never = (): Promise<never> => Promise.reject(new Error('what stands for a definition cannot run'));
const noSource: SourcePlugin = {
  kind: 'source',
  spec: z.unknown(),
  delivery: () => ({ delivery: 'at_least_once', because: '' }),
  start: never,
};
const noSink: SinkPlugin = {
  kind: 'sink',
  spec: z.unknown(),
  start: never,
};
