import { z } from 'zod';

/** Over the last ten seconds, the last minute, the last ten; null where nothing can be said. */
export const rates = z.object({
  now: z.number().nullable(),
  m1: z.number().nullable(),
  m10: z.number().nullable(),
});
export type Rates = z.infer<typeof rates>;
export const unknownRates: Rates = { now: null, m1: null, m10: null };

/** What a mirror has copied, over all or a part of its queues, since the worker started. */
const copied = {
  records: z.number(),
  /** Bodies and properties. */
  bytes: z.number(),
  rate: rates,
  /**
   * From being stored in the source to being stored in the target, over the last minute; heartbeats count. Null: nothing
   * was copied in that time.
   */
  latency_ms: z.object({ p50: z.number(), p99: z.number(), max: z.number() }).nullable(),
  /** When a message was copied last, and when that one was born. Null: none was. */
  last_sync: z.object({ at: z.string(), born_at: z.string() }).nullable(),
  /** Messages that were gone from the source before they were copied. */
  missed: z.number(),
};
export type CopiedStatus = z.infer<z.ZodObject<typeof copied>>;

const topicStatus = z.object({ topic: z.string(), ...copied });
const queueStatus = z.object({ topic: z.string(), broker: z.string(), queue: z.number().int(), ...copied });

/** What a mirror's worker knows of its route. Topics and queues are those of the source where something was copied. */
export const routeStatus = z.object({
  ...copied,
  /** How far the target's clock is ahead of the source's, and how far off that may be. Null: it cannot be told. */
  clock_skew: z.object({ ms: z.number(), error_ms: z.number() }).nullable(),
  /** Why no heartbeats go over the route, so that latency and skew may be unknown; null: they do. */
  no_heartbeats: z.string().nullable(),
  topics: z.array(topicStatus),
  queues: z.array(queueStatus),
});
export type RouteStatus = z.infer<typeof routeStatus>;
