import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isNotFound, syncFolder } from './atomic-file.js';
import { ConnectorStateFile } from './connector-state.js';
import { groupSyncFile, type StoredGroupSync } from './group-sync.js';
import { JsonFile } from './json-file.js';
import { jsonValue } from './json-value.js';
import { statusFile, wantedStates, type ConnectorStatus, type Wanted } from './status.js';

const queue = z.object({ topic: z.string(), broker: z.string(), queue: z.number().int() });

const tail = queue.extend({ offset: z.number().int() });

const partition = z.object({
  /** What the source said; null where a queue is assigned, but nothing is stored yet. */
  position: jsonValue.nullable(),
  /** The queue the partition's records go to; null where it is spread over all. */
  queue: queue.nullable(),
  updated_at: z.string(),
  /** How often its position was set by a person: what was sent under an earlier number has no bearing on it. */
  generation: z.number().int().nonnegative().optional(),
});
export type StoredPartition = z.infer<typeof partition>;

/** A message of ours in a queue, and the stamp that tells it from any other. */
const mark = z.object({ offset: z.number().int(), stamp: z.string() });
export type StoredMark = z.infer<typeof mark>;

const positions = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** Nothing was under way when this was written, and nothing was sent since. */
  clean: z.boolean(),
  /** Ids of the clients that may have sent what the positions do not know of. */
  writers: z.array(z.string()),
  /** From these offsets on, queues may hold what the positions do not know of. */
  tails: z.array(
    queue.extend({
      offset: z.number().int(),
      first: mark.nullable().default(null),
      last: mark.nullable().default(null),
    }),
  ),
  /** Of the partitions that have none of their own, those not listed included; 0 where it is absent. */
  generation: z.number().int().nonnegative().optional(),
  partitions: z.record(z.string(), partition),
});
export type StoredPositions = z.infer<typeof positions>;

const deadLetters = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** Ids of the clients that may have sent letters that were not heard of. */
  writers: z.array(z.string()),
  /** From these offsets on, queues hold the letters that may be about to be sent again. */
  tails: z.array(tail),
});
export type StoredDeadLetters = z.infer<typeof deadLetters>;

const letterMarks = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** All letters below these offsets are purged. */
  purged_below: z.array(tail),
  /** Letters at or above them, by their ids. */
  replayed: z.array(z.string()),
  purged: z.array(z.string()),
});
export type LetterMarks = z.infer<typeof letterMarks>;

const definition = z.object({
  version: z.literal(1),
  connector: z.string(),
  kind: z.enum(['source', 'sink', 'mirror']),
  job: z.string(),
  /** The job file it came from, absolute. */
  file: z.string(),
  /** The connector's entry and the job around it as written, nothing filled in. */
  raw: jsonValue,
  remembered_at: z.string(),
  /** `api`: it was made while a worker ran, and is in no job file. */
  origin: z.enum(['file', 'api']).default('file'),
});
export type StoredDefinition = z.infer<typeof definition>;

const queueMarks = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** By the queue's name: messages that were read, and their ids. */
  queues: z.record(z.string(), z.array(z.object({ offset: z.number().int(), id: z.string() }))),
});
export type StoredQueueMarks = z.infer<typeof queueMarks>;

const deliveries = z.object({
  version: z.literal(1),
  /** Messages may have been delivered to it that it has not acknowledged. */
  pending: z.boolean(),
});
export type StoredDeliveries = z.infer<typeof deliveries>;

const wantedFile = z.object({ version: z.literal(1), connector: z.string(), wanted: z.enum(wantedStates) });
export type StoredWanted = z.infer<typeof wantedFile>;

/** Under which name its last worker was known to brokers, and had locks. */
const membership = z.object({
  version: z.literal(1),
  /** Client id. */
  member: z.string(),
});
export type StoredMembership = z.infer<typeof membership>;

/** What is kept about one connector: a folder with a few files. */
export class ConnectorStore {
  readonly connector: string;
  readonly folder: string;
  readonly definition: JsonFile<StoredDefinition>;
  readonly positions: JsonFile<StoredPositions>;
  /** Of a sink: what tells its queues from others of the same name. */
  readonly queueMarks: JsonFile<StoredQueueMarks>;
  /** What a worker must know of the dead letters it has kept, so as not to keep one twice. */
  readonly deadLetters: JsonFile<StoredDeadLetters>;
  /** What a person has done with dead letters. */
  readonly letterMarks: JsonFile<LetterMarks>;
  /** Of a sink to which messages are delivered one by one. */
  readonly deliveries: JsonFile<StoredDeliveries>;
  /** What the connector keeps for itself, such as a sink's own offsets. */
  readonly state: ConnectorStateFile;
  readonly membership: JsonFile<StoredMembership>;
  /** Of a mirror: the groups whose offsets it syncs. */
  readonly groupSync: JsonFile<StoredGroupSync>;
  /** What was last wanted of it while a worker ran; where there is none, that it runs. */
  readonly wanted: JsonFile<StoredWanted>;
  /** Written every second while the connector runs. */
  readonly status: JsonFile<ConnectorStatus>;

  constructor(connectorsFolder: string, connector: string) {
    this.connector = connector;
    this.folder = join(connectorsFolder, connector);
    this.definition = new JsonFile(join(this.folder, 'definition.json'), definition);
    this.positions = new JsonFile(join(this.folder, 'positions.json'), positions);
    this.queueMarks = new JsonFile(join(this.folder, 'queue-marks.json'), queueMarks);
    this.deadLetters = new JsonFile(join(this.folder, 'dead-letters.json'), deadLetters);
    this.letterMarks = new JsonFile(join(this.folder, 'dead-letter-marks.json'), letterMarks);
    this.deliveries = new JsonFile(join(this.folder, 'deliveries.json'), deliveries);
    this.state = new ConnectorStateFile(join(this.folder, 'state.json'), connector);
    this.membership = new JsonFile(join(this.folder, 'member.json'), membership);
    this.groupSync = new JsonFile(join(this.folder, 'group-sync.json'), groupSyncFile);
    this.wanted = new JsonFile(join(this.folder, 'wanted.json'), wantedFile);
    this.status = new JsonFile(join(this.folder, 'status.json'), statusFile);
  }

  /** Its folder is on disk when this resolves. */
  async create(): Promise<void> {
    const made = await mkdir(this.folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(dirname(this.folder));
  }

  async lastWanted(): Promise<Wanted> {
    return (await this.wanted.read())?.wanted ?? 'running';
  }

  /** On disk when it resolves. */
  async keepWanted(wanted: Wanted): Promise<void> {
    await this.wanted.write({ version: 1, connector: this.connector, wanted }, { durable: true });
  }

  /** That one that is new is wanted to run needs no file; one that its predecessor has left would say otherwise. */
  async removeWanted(): Promise<void> {
    await rm(this.wanted.path, { force: true });
  }

  /** Nobody remembers it any more, not even after a power cut; its positions stay for one of the same name. */
  async removeDefinition(): Promise<void> {
    await rm(this.definition.path, { force: true });
    await this.removeWanted();
    await syncFolder(this.folder).catch((error: unknown) => {
      // Somebody has taken the folder away: nothing in it comes back.
      if (!isNotFound(error)) throw error;
    });
  }

  /** Of one that does not run any more. */
  async removeStatus(): Promise<void> {
    await rm(this.status.path, { force: true });
  }

  /** Forgets the connector, with its positions. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
