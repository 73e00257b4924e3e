import { z } from 'zod';
import type { ApiContext, LetterChoice } from '../context.js';
import { json, route, type Route } from '../route.js';

const choice = {
  stage: z.string().optional().describe('Only what failed there.'),
  error: z.string().optional().describe('Only with this error code or class.'),
};
const listSpec = z.strictObject({ connector: z.string().optional(), ...choice });
const showSpec = z.strictObject({
  ...choice,
  id: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Only this one; may be repeated.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(10).describe('The most letters, the newest.'),
});
const replaySpec = z.strictObject({
  ...choice,
  ids: z.array(z.string()).min(1).optional().describe('Only these.'),
  to_connector: z.boolean().default(false).describe('Other sinks of rmq-connect leave the records alone.'),
  again: z.boolean().default(false).describe('Also those that were replayed before.'),
});

/** Dead letters: looked at, and sent back. */
export function letterRoutes({ connectors, inquiries }: ApiContext): readonly Route[] {
  const of = (connector: string | undefined, more: Partial<LetterChoice>): LetterChoice => {
    if (connector !== undefined) connectors.get(connector);
    return { connector, ...more };
  };
  return [
    route('GET', '/dlq', {
      summary: 'How many dead letters there are, by connector, stage and error.',
      query: listSpec,
      handle: async ({ query: { connector, ...more } }) =>
        json(await inquiries.letterGroups(of(connector, more))),
    }),
    route('GET', '/dlq/{connector}', {
      summary: "A connector's dead letters: the records, where they came from, and why they could not go on.",
      query: showSpec,
      handle: async ({ params: { connector = '' }, query: { limit, id, ...more } }) => {
        const ids = typeof id === 'string' ? [id] : id;
        return json(await inquiries.letters(of(connector, { ...more, ids }), limit));
      },
    }),
    route('POST', '/dlq/{connector}/replay', {
      summary: 'Sends the records of dead letters back.',
      body: replaySpec,
      handle: async ({ params: { connector = '' }, body: { to_connector: toConnector, again, ...more } }) =>
        json(await inquiries.replay(of(connector, more), { toConnector, again })),
    }),
  ];
}
