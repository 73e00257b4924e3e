import { z } from 'zod';
import type { Content, Value } from '../../sdk/index.js';
import { readField, type Field } from '../field.js';
import { always } from '../always.js';
import type { Transform, TransformKind } from '../stage.js';
import { fieldSpec } from './field-spec.js';

const constant = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const conditions = ['equals', 'not_equals', 'matches', 'exists'] as const;

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    const why = (error as Error).message.replace(/^.*\/u?: /, '');
    context.addIssue({ code: 'custom', message: `is not a regular expression: ${why}` });
    return z.NEVER;
  }
});

const settings = z
  .strictObject({
    field: fieldSpec,
    equals: constant.optional().describe('The field is exactly this; a missing field is not.'),
    not_equals: constant.optional().describe('The field is anything but this, or missing.'),
    matches: pattern
      .optional()
      .describe('The field, as text, has a match of this regular expression; a missing field has none.'),
    exists: z.boolean().optional().describe('The field is there (true) or is not (false).'),
    keep: z
      .boolean()
      .default(true)
      .describe('Whether the records that fulfil the condition are kept (true) or dropped (false).'),
  })
  .superRefine((given, context) => {
    if (typeof given !== 'object') return;
    const used = conditions.filter((name) => given[name] !== undefined);
    if (used.length === 1) return;
    context.addIssue({
      code: 'custom',
      message: used.length === 0 ? 'has no condition' : `has more than one condition: ${used.join(', ')}`,
      params: { hint: `give exactly one of ${conditions.join(', ')}; use several filters for several` },
    });
  }, always);

type Settings = z.output<typeof settings>;

function condition(given: Settings): (found: Value | undefined) => boolean {
  const { matches } = given;
  if (matches !== undefined) return (found) => found !== undefined && matches.test(asText(found));
  if (given.exists !== undefined) return (found) => (found !== undefined) === given.exists;
  const isProperty = given.field.kind !== 'value' && given.field.kind !== 'whole';
  const expected = given.equals === undefined ? given.not_equals : given.equals;
  const wanted = isProperty && expected !== null ? String(expected) : expected;
  const equal = (found: Value | undefined): boolean =>
    wanted === (Buffer.isBuffer(found) ? found.toString('utf8') : found);
  return given.equals === undefined ? (found) => !equal(found) : equal;
}

function asText(found: Value): string {
  if (typeof found === 'string') return found;
  return Buffer.isBuffer(found) ? found.toString('utf8') : JSON.stringify(found);
}

function create(given: Settings): Transform {
  const holds = condition(given);
  const field: Field = given.field;
  return {
    name: 'filter',
    apply: (content: Content) => (holds(readField(content, field)) === given.keep ? content : null),
  };
}

export const filter: TransformKind = {
  name: 'filter',
  summary: 'Keeps or drops records by one condition on a field, the key, the tag or a header.',
  spec: settings.transform(create),
};
