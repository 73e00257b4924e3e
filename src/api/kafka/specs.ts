import { z } from 'zod';
import { isObject, type JsonObject } from '../../sdk/index.js';
import { jsonValue } from '../../store/index.js';

/** A connector's entry: what stands below its name in a job file. */
export const entrySpec = z
  .custom<JsonObject>(isObject, 'must be an object')
  .meta({ type: 'object', description: "The connector's entry, as it stands below its name in a job file." });

export const creationSpec = z.strictObject({
  name: z.string().describe('Letters, digits, - and _.'),
  config: entrySpec,
  initial_state: z
    .enum(['RUNNING', 'PAUSED', 'STOPPED'])
    .default('RUNNING')
    .describe('What is wanted of it at first.'),
});

const flag = (description: string) =>
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe(description);

export const restartSpec = z.strictObject({
  includeTasks: flag('Of what has failed: its tasks too. A connector never runs without its tasks.'),
  onlyFailed: flag('Leave alone what has not failed.'),
});

export const expandSpec = z.strictObject({
  expand: z
    .union([z.enum(['status', 'info']), z.array(z.enum(['status', 'info'])).max(4)])
    .optional()
    .describe('Answer with more than the names.'),
});

export const noQuery = z.strictObject({});

const part = z.record(z.string(), jsonValue);

export const offsetsSpec = z.strictObject({
  offsets: z
    .array(z.strictObject({ partition: part, offset: part.nullable() }))
    .min(1)
    .max(10_000)
    .describe('As GET has them; null forgets where it stood.'),
});

export const pluginsSpec = z.strictObject({ connectorsOnly: flag('Without transforms.') });

export const levelSpec = z.strictObject({ level: z.string().describe('error, warn, info or debug.') });
