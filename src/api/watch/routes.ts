import { z } from 'zod';
import { tapStages } from '../../worker/flow/taps.js';
import { ApiFailure } from '../failure.js';
import { entrySpec } from '../kafka/specs.js';
import { json, route, type Route } from '../route.js';
import type { WatchContext } from './context.js';
import { streamTap } from './tap.js';

const tapQuery = z.strictObject({
  stage: z.enum(tapStages).default('after').describe('before the transforms, or after'),
  per_second: z.coerce.number().int().min(1).max(100).default(10).describe('records a second, at the most'),
});

const planBody = z.strictObject({
  name: z.string().max(200).describe("the connector's name"),
  config: entrySpec,
});

/** Looking at a worker: its numbers, what passes, and what a definition would do. */
export function watchRoutes(context: WatchContext): readonly Route[] {
  return [
    route('GET', '/metrics', {
      summary: "All numbers, in Prometheus' text format.",
      handle: async () => ({
        status: 200,
        text: await context.metrics.text(),
        type: context.metrics.contentType,
      }),
    }),
    route('GET', '/overview', {
      summary: 'All connectors with their tasks, rates, lag and errors, in one answer.',
      handle: () => json(context.overview()),
    }),
    route('GET', '/history', {
      summary: 'Rate and lag of each connector over the last quarter of an hour.',
      handle: () => json(context.history.view()),
    }),
    route('GET', '/schema', {
      summary: 'The JSON Schema of job files.',
      handle: async () => json(await context.schema()),
    }),
    route('POST', '/plan', {
      summary: 'What a definition would do, or all that is wrong with it; changes nothing.',
      changes: false,
      body: planBody,
      handle: async ({ body }) => json(await context.preview(body.name, body.config)),
    }),
    route('GET', '/connectors/{name}/tap', {
      summary: 'Some records as they pass, as server-sent events, until the client goes.',
      query: tapQuery,
      handle: ({ params, query }) => {
        const { name = '' } = params;
        const taps = context.tapsOf(name);
        if (taps === null) throw new ApiFailure(404, 'unknown_connector', `there is no connector ${name}`);
        return {
          status: 200,
          type: 'text/event-stream',
          stream: (response, closed) => {
            streamTap(taps, { stage: query.stage, perSecond: query.per_second }, response, closed);
          },
        };
      },
    }),
  ];
}
