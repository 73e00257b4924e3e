import { z } from 'zod';
import type { JsonValue } from '../../src/sdk/index.js';
import { compile, TemplateError } from './template.js';

const json: z.ZodType<JsonValue> = z.json();

/** Refuses what `compile` cannot read, where it stands. */
const template = json.superRefine((value, context) => {
  try {
    compile(value);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    context.addIssue({ code: 'custom', message: error.message, path: [...error.path] });
  }
});

export const spec = z.strictObject({
  template: template
    .default('record {n}')
    .describe(
      'The value of a record: text, or an object whose texts are filled in. Placeholders: {n} (counts from 1), {now} (milliseconds since 1970), ' +
        '{random:1-100}, {name}, {city}, {word}, {pick:a|b|c}, {uuid}, {text:100} (that many letters). In an ' +
        'object, a text that is only {n}, {now} or {random:…} becomes a number. {{ stands for {.',
    ),
  key: template
    .pipe(z.string())
    .optional()
    .describe('The key of a record, a text with the same placeholders. None by default.'),
  rate: z
    .union([z.number().positive(), z.literal('unlimited')])
    .default(10)
    .describe('Records a second over all tasks, or `unlimited`.'),
  count: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('How many records over all tasks; null makes them without end.'),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(1)
    .describe('Start of the random values: the same seed makes the same records.'),
});

export type GenerateConfig = z.infer<typeof spec>;
