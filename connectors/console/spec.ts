import { z } from 'zod';

export const spec = z.strictObject({
  output: z
    .enum(['text', 'json'])
    .default('text')
    .describe(
      'What a record is printed as. `text`: its value as it is, and a newline; a record without a value is ' +
        'left out. `json`: one object a line, with topic, broker, queue, offset, key, tag, headers, times and value.',
    ),
});

export type ConsoleConfig = z.infer<typeof spec>;
