import type { ConnectorDefinition } from '../../job/definition.js';
import type { Admin, Cluster, QueueStats } from '../../rocketmq/cluster.js';
import { DataDir, type ConnectorStore } from '../../store/index.js';
import { readDeadLetter, type DeadLetter } from '../../worker/dead-letter.js';
import { messagesPerLook } from '../../worker/peek-unless-gone.js';
import { withAccess, type ClusterAccess } from '../cluster-access.js';
import { incomplete } from '../survey.js';
import { rememberedConnectors } from '../remembered.js';
import { restore } from '../restored.js';
import type { Marks } from './marks.js';

/** One connector's dead letters, and what is needed to do something with them. */
export interface Shelf {
  readonly connector: string;
  readonly definition: ConnectorDefinition;
  readonly cluster: Cluster;
  readonly store: ConnectorStore;
}

/** The queue with all that is in it for the connector. */
export interface ShelfQueue {
  readonly stats: QueueStats;
  /** In the queue's order. */
  readonly letters: readonly DeadLetter[];
}

/** Opens the shelves of the connectors that a data directory remembers: of all, or of one. */
export async function onShelves<T>(
  dataDirPath: string,
  connector: string | undefined,
  use: (shelves: readonly Shelf[]) => Promise<T>,
): Promise<T> {
  const dataDir = new DataDir(dataDirPath);
  return withAccess(dataDir, async (access) => use(await openShelves(access, dataDir, connector)));
}

/**
 * The same over connections that are there already. `gone` is told of a connector whose definition cannot be made any
 * more; by default that is thrown.
 */
export async function openShelves(
  access: Pick<ClusterAccess, 'open'>,
  dataDir: DataDir,
  connector: string | undefined,
  gone?: (connector: string, error: unknown) => void,
): Promise<readonly Shelf[]> {
  const memory = await rememberedConnectors(dataDir, connector === undefined ? [] : [connector]);
  const failure = incomplete(memory.unreadable, {});
  if (failure !== null) throw failure;
  const shelves: Shelf[] = [];
  for (const one of memory.connectors) {
    const restored = await restore(one).catch((error: unknown) => {
      if (gone === undefined) throw error;
      gone(one.name, error);
      return null;
    });
    if (restored === null) continue;
    const { definition, cluster } = restored;
    const store = dataDir.connector(one.name);
    const mayHaveAny =
      definition.errors.tolerance === 'dead_letter' || (await store.deadLetters.read()) !== null;
    if (!mayHaveAny) continue;
    shelves.push({ connector: one.name, definition, cluster: await access.open(cluster), store });
  }
  return shelves;
}

/** The topics that may hold letters of the connector: where they go now, and where they went before. */
async function topicsOf({ definition, store }: Shelf): Promise<ReadonlySet<string>> {
  const topics = new Set([definition.errors.deadLetterTopic]);
  for (const { topic } of (await store.deadLetters.read())?.tails ?? []) topics.add(topic);
  return topics;
}

/** Reads all letters that are not below a mark. */
export async function readShelf(shelf: Shelf, marks: Marks): Promise<readonly ShelfQueue[]> {
  const { admin } = shelf.cluster;
  const queues: ShelfQueue[] = [];
  for (const topic of await topicsOf(shelf)) {
    for (const stats of (await admin.topic(topic)) ?? []) {
      queues.push({ stats, letters: await readQueue(admin, stats, marks.start(stats), shelf.connector) });
    }
  }
  return queues;
}

async function readQueue(
  admin: Admin,
  queue: QueueStats,
  start: number,
  connector: string,
): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let offset = start; offset < queue.max;) {
    const messages = await admin.peek(queue, offset, messagesPerLook);
    for (const message of messages) {
      const letter = readDeadLetter(message);
      if (letter?.connector === connector) letters.push(letter);
    }
    const last = messages.at(-1);
    if (last === undefined) break;
    offset = last.offset + 1;
  }
  return letters;
}
