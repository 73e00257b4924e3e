import { z } from 'zod';
import {
  ConnectorError,
  type ConnectorState,
  type JsonValue,
  type OffsetsContext,
  type QueueOffset,
  type SinkOffsets,
} from '../../src/sdk/index.js';

const jsonValue = z.json() as z.ZodType<JsonValue>;

const listedFile = z.strictObject({
  /** Up to here the file is what the offsets say. */
  length: z.int().min(0),
  inode: z.string(),
  head: z.string(),
  head_bytes: z.int().min(0),
});
/** A file that may hold more than the offsets know of; see `FileIdentity`. */
export type ListedFile = z.infer<typeof listedFile>;

const gatheringFile = z.strictObject({
  /** The path of the whole file, with a place for its number. */
  path: z.string(),
  /** When its first record came, milliseconds since 1970. */
  since: z.number(),
  /** The whole file it is being made into: nothing is added to it any more. */
  becomes: z.string().exactOptional(),
});
/** A file in which the records of a whole one gather; see `RolledFiles`. */
export type GatheringFile = z.infer<typeof gatheringFile>;

const sinkState = z.strictObject({
  version: z.literal(1),
  offsets: z.array(
    z.strictObject({
      topic: z.string(),
      broker: z.string(),
      queue: z.int(),
      offset: z.int(),
      mark: jsonValue,
    }),
  ),
  /** By absolute path. None after an orderly end. */
  files: z.record(z.string(), listedFile),
  /** By absolute path. None after an orderly end. */
  gathering: z.record(z.string(), gatheringFile).default({}),
});
/** What the sink keeps: how far it got in each queue, and how long its files were then. */
export interface SinkState {
  readonly offsets: readonly QueueOffset[];
  readonly files: ReadonlyMap<string, ListedFile>;
  readonly gathering: ReadonlyMap<string, GatheringFile>;
}

/** Throws `ConnectorError` for what is no state of ours. */
export async function readSinkState(state: ConnectorState): Promise<SinkState> {
  const stored = await state.read();
  if (stored === null) return { offsets: [], files: new Map(), gathering: new Map() };
  const parsed = sinkState.safeParse(stored);
  if (parsed.success) {
    const { offsets, files, gathering } = parsed.data;
    return {
      offsets,
      files: new Map(Object.entries(files)),
      gathering: new Map(Object.entries(gathering)),
    };
  }
  throw new ConnectorError('config', 'what the data directory holds is no state of a file sink', {
    cause: parsed.error,
    hint: 'rmq-connect connectors forget NAME --yes drops it; or give the connector another name',
    retryable: false,
  });
}

export async function writeSinkState(
  state: ConnectorState,
  { offsets, files, gathering }: SinkState,
): Promise<void> {
  const stored: z.infer<typeof sinkState> = {
    version: 1,
    offsets: offsets.map((entry) => ({ ...entry })),
    files: Object.fromEntries(files),
    gathering: Object.fromEntries(gathering),
  };
  await state.write(stored);
}

/** Queue offsets, the newest of each queue. */
export class OffsetTable {
  readonly #offsets = new Map<string, QueueOffset>();

  constructor(offsets: readonly QueueOffset[]) {
    this.set(offsets);
  }

  set(offsets: readonly QueueOffset[]): void {
    for (const entry of offsets) this.#offsets.set(keyOf(entry), entry);
  }

  delete(queues: Parameters<SinkOffsets['forget']>[0]): void {
    for (const queue of queues) this.#offsets.delete(keyOf(queue));
  }

  list(): readonly QueueOffset[] {
    return Array.from(this.#offsets.values());
  }
}

const keyOf = ({ topic, broker, queue }: Pick<QueueOffset, 'topic' | 'broker' | 'queue'>): string =>
  `${topic}/${broker}/${queue}`;

/** The offsets of a sink that does not run. Its files are cut back at the next start as they would have been. */
export function storedOffsets({ state }: OffsetsContext): SinkOffsets {
  const change = async (changed: (table: OffsetTable) => void): Promise<void> => {
    const stored = await readSinkState(state);
    const table = new OffsetTable(stored.offsets);
    changed(table);
    await writeSinkState(state, { ...stored, offsets: table.list() });
  };
  return {
    read: async () => (await readSinkState(state)).offsets,
    set: (offsets) =>
      change((table) => {
        table.set(offsets);
      }),
    forget: (queues) =>
      change((table) => {
        table.delete(queues);
      }),
    close: () => Promise.resolve(),
  };
}
