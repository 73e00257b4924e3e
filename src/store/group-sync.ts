import { z } from 'zod';

const queue = z.object({ topic: z.string(), broker: z.string(), queue: z.number().int() });

/** What became of a group's offset in one queue, when it was last looked at. */
const queueSync = z.object({
  source: queue,
  target: queue,
  source_offset: z.number().nullable(),
  /** Where the group is to go on in the target; null: nowhere yet. */
  target_offset: z.number().nullable(),
  /** What it had there before. */
  old: z.number().nullable(),
  moves: z.boolean(),
  /** It goes on with exactly its next message. */
  exact: z.boolean(),
  note: z.string().nullable(),
});

const groupSync = z.object({
  group: z.string(),
  /** When it was last looked at. */
  at: z.string(),
  /** When its offsets were last put in place; null: never. */
  synced_at: z.string().nullable(),
  /** The route made the group in the target, so its settings are followed there. */
  made: z.boolean().default(false),
  /** Why nothing was done at the last look; null: it was. */
  reason: z.string().nullable(),
  notes: z.array(z.string()),
  queues: z.array(queueSync),
});
export type GroupSyncStatus = z.infer<typeof groupSync>;

/** What a mirror knows of the groups whose offsets it syncs. */
export const groupSyncFile = z.object({
  version: z.literal(1),
  connector: z.string(),
  groups: z.array(groupSync),
});
export type StoredGroupSync = z.infer<typeof groupSyncFile>;
