import type { Command } from 'commander';
import type { JsonValue } from '../../sdk/index.js';
import { DataDir } from '../../store/index.js';
import { absentTopics } from '../absent-topics.js';
import { ClusterAccess } from '../cluster-access.js';
import { leaf, perform } from '../leaf.js';
import { groupsMeant, type GroupOptions } from '../groups/group-options.js';
import { printGroupOffsets, queryGroupOffsets } from '../groups/show-offsets.js';
import { routeOffsets, type RouteOffsets } from '../mirrors/route-offsets.js';
import { routeOffsetsText } from '../mirrors/route-offsets-text.js';
import { gather } from '../option-values.js';
import { onCluster, withClusterOptions } from '../topic-access.js';
import { nothingRemembered } from '../nothing-remembered.js';
import { countText, timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { queuesTable } from '../queues-table.js';
import { rememberedConnectors, type Remembered } from '../remembered.js';
import { restore } from '../restored.js';
import { reasonUnknown } from '../lag.js';
import { queueProgress, type QueueProgress } from '../sink-progress.js';
import { incomplete, survey, type Unanswered } from '../survey.js';
import { table } from '../table.js';

export function offsetsShow(): Command {
  const command = leaf(
    'show',
    'Show where connectors stand, running or not; or, with --group, consumer groups of any RocketMQ\nOf sources the positions, of sinks the offsets as their brokers have them, of mirrors those of both sides, with the groups they sync.',
    [
      'offsets show',
      'offsets show archive --json',
      'offsets show --group billing --nameserver 127.0.0.1:9876',
    ],
  )
    .argument('[connector]', 'only this one')
    .option('--group <group>', 'this consumer group, whoever it is of; may be repeated', gather);
  withClusterOptions(command);
  return perform<GroupOptions>(command, async ({ options, out, dataDir }, name: string | undefined) => {
    const groups = groupsMeant(options, name === undefined ? [] : [name]);
    if (groups !== null) {
      const result = await onCluster(options, dataDir, ({ admin }) => queryGroupOffsets(admin, groups));
      if (out.json) out.result(result);
      else printGroupOffsets(result, out);
      return;
    }
    const names = name === undefined ? [] : [name];
    const { result, unanswered } = await queryOffsets(new DataDir(dataDir), names);
    const failure = incomplete(unanswered, result);
    if (!out.json) printOffsets(result, dataDir, out);
    else if (failure === null) out.result(result);
    if (failure !== null) throw failure;
  });
}

export interface SourceOffsets {
  readonly connector: string;
  readonly kind: 'source';
  /** null: nobody can tell; the error says why. */
  readonly positions:
    | readonly {
        readonly partition: string;
        readonly position: JsonValue;
        readonly updated_at: string;
      }[]
    | null;
}

export interface SinkOffsets {
  readonly connector: string;
  readonly kind: 'sink';
  /** null: its definition cannot be understood any more. */
  readonly group: string | null;
  /** Client id of the worker that runs it here; null while none does. */
  readonly member: string | null;
  /** null: nobody can tell, for `reason`. */
  readonly queues: readonly QueueProgress[] | null;
  /** Why the queues, or those of some topic, are not known. */
  readonly reason: string | null;
  /** Of a running sink that acknowledges messages one by one: delivered, and not acknowledged yet. */
  readonly unacknowledged: number | null;
  /** Of such a sink: messages that came again since its worker started. */
  readonly redelivered: number | null;
}

export type AnyOffsets = SourceOffsets | SinkOffsets | RouteOffsets;

export interface Offsets {
  readonly connectors: readonly AnyOffsets[];
}

export async function queryOffsets(
  dataDir: DataDir,
  names: readonly string[],
): Promise<{ readonly result: Offsets; readonly unanswered: readonly Unanswered[] }> {
  const access = new ClusterAccess(dataDir);
  try {
    const { connectors, unreadable } = await rememberedConnectors(dataDir, names);
    const { answers, unanswered } = await survey(
      connectors,
      (remembered) => offsetsOf(remembered, dataDir, access),
      unknownOffsets,
    );
    return { result: { connectors: answers }, unanswered: [...unreadable, ...unanswered] };
  } finally {
    await access.close();
  }
}

async function offsetsOf(
  remembered: Remembered,
  dataDir: DataDir,
  access: ClusterAccess,
): Promise<AnyOffsets> {
  if (remembered.definition.kind === 'source') return sourceOffsets(remembered, dataDir);
  if (remembered.definition.kind === 'sink') return sinkOffsets(remembered, access);
  const { definition } = await restore(remembered);
  if (definition.kind !== 'mirror') throw new Error(`${remembered.name} is remembered as a mirror`);
  return routeOffsets(definition, dataDir, access);
}

function unknownOffsets({ name: connector, definition: { kind } }: Remembered): AnyOffsets {
  if (kind === 'source') return { connector, kind, positions: null };
  if (kind === 'mirror') return { connector, kind, from: null, to: null, queues: null, groups: null };
  return {
    connector,
    kind,
    group: null,
    member: null,
    queues: null,
    reason: null,
    unacknowledged: null,
    redelivered: null,
  };
}

/** A partition that only has its queue, and no record stored, has no position yet. */
async function sourceOffsets({ name }: Remembered, dataDir: DataDir): Promise<SourceOffsets> {
  const stored = await dataDir.connector(name).positions.read();
  const positions = Object.entries(stored?.partitions ?? {}).map(([partition, { position, updated_at }]) => ({
    partition,
    position,
    updated_at,
  }));
  return { connector: name, kind: 'source', positions };
}

async function sinkOffsets(remembered: Remembered, access: ClusterAccess): Promise<SinkOffsets> {
  const { definition, cluster } = await restore(remembered);
  if (definition.kind !== 'sink') throw new Error(`${remembered.name} is remembered as a sink`);
  const { admin } = await access.open(cluster);
  const status = remembered.live ? remembered.status : null;
  const known = {
    connector: remembered.name,
    kind: 'sink',
    group: definition.group,
    member: status?.group?.member ?? null,
    unacknowledged: status?.unacknowledged ?? null,
    redelivered: status?.redelivered ?? null,
  } as const;
  try {
    const queues = await admin.groupOffsets(definition.group, definition.topics);
    const reason = await absentTopics(admin, definition.topics, queues);
    return { ...known, queues: queues.map((queue) => queueProgress(queue, definition.from)), reason };
  } catch (error) {
    const reason = reasonUnknown(error);
    if (reason === null) throw error;
    return { ...known, queues: null, reason };
  }
}

function printOffsets({ connectors }: Offsets, dataDir: string, out: Output): void {
  if (connectors.length === 0) out.talk(nothingRemembered('connector', dataDir));
  connectors.forEach((connector, index) => {
    if (index > 0) out.data('');
    const { bold } = out.style;
    if (connector.kind === 'mirror') {
      out.data(`${bold(connector.connector)}  mirror`);
      out.data(indent(routeOffsetsText(connector, out.style)));
    } else if (connector.kind === 'source') {
      out.data(`${bold(connector.connector)}  source`);
      out.data(indent(positionsTable(connector, out)));
    } else {
      const group = connector.group === null ? '' : `, group ${connector.group}`;
      out.data(`${bold(connector.connector)}  sink${group}`);
      out.data(indent(queuesText(connector, out)));
      if (connector.unacknowledged !== null) out.data(indent(deliveriesText(connector)));
    }
  });
}

function positionsTable({ positions }: SourceOffsets, out: Output): string {
  if (positions === null) return 'unknown: see the error below';
  if (positions.length === 0) return 'no position yet';
  const rows = positions.map(({ partition, position, updated_at }) => [
    partition,
    position === null ? 'not read' : JSON.stringify(position),
    timeText(updated_at),
  ]);
  return table([{ title: 'partition' }, { title: 'position' }, { title: 'updated' }], rows, out.style);
}

function deliveriesText({ unacknowledged, redelivered }: SinkOffsets): string {
  return `delivered and not acknowledged yet: ${countText(unacknowledged)}; came again: ${countText(redelivered)}`;
}

function queuesText({ queues, reason, member }: SinkOffsets, out: Output): string {
  if (queues === null) return `unknown: ${reason ?? 'see the error below'}`;
  if (queues.length === 0) return reason ?? 'no queues known';
  const shown = queuesTable(queues, member, out.style);
  return reason === null ? shown : `${shown}\n${reason}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
