import { z } from 'zod';
import { parseField, type Field } from '../field.js';

const places = 'key, tag, value, header.NAME, or a field of the value like user.id';

/** Text that names a place in a record, parsed. */
export const fieldSpec = z
  .string()
  .min(1)
  .transform((text, context): Field => {
    const field = parseField(text);
    if (field !== null) return field;
    context.addIssue({
      code: 'custom',
      message: 'does not name a place in a record',
      params: { hint: `write ${places}` },
    });
    return z.NEVER;
  })
  .describe(`A place in the record: ${places}.`);
