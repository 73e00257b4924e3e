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
});
/** What the sink keeps: how far it got in each queue, and how long its files were then. */
export interface SinkState {
  readonly offsets: readonly QueueOffset[];
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** Throws `ConnectorError` for what is no state of ours. */
export async function readSinkState(state: ConnectorState): Promise<SinkState> {
  const stored = await state.read();
  if (stored === null) return { offsets: [], files: new Map() };
  const parsed = sinkState.safeParse(stored);
  if (parsed.success) return { ...parsed.data, files: new Map(Object.entries(parsed.data.files)) };
  throw new ConnectorError('config', 'what the data directory holds is no state of a file sink', {
    cause: parsed.error,
    hint: 'forget the connector, or give it another name',
    retryable: false,
  });
}

export async function writeSinkState(state: ConnectorState, { offsets, files }: SinkState): Promise<void> {
  const stored: z.infer<typeof sinkState> = {
    version: 1,
    offsets: offsets.map((entry) => ({ ...entry })),
    files: Object.fromEntries(files),
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
