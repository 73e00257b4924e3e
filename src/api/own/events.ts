import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ApiContext } from '../context.js';
import type { EventHub } from '../event-hub.js';
import { EventStream } from '../event-stream.js';
import { route, type Route } from '../route.js';

/** A reader that is further behind is let go of: it may come back, and ask for what it has missed. */
const mostWaitingBytes = 1024 * 1024;

/** What happens, as it happens (server-sent events). */
export function eventRoutes({ events }: ApiContext): readonly Route[] {
  return [
    route('GET', '/events', {
      summary: 'What happens to connectors, as server-sent events; Last-Event-ID goes on after one.',
      query: z.strictObject({
        after: z.coerce.number().int().min(0).optional().describe('Only events after this number.'),
      }),
      handle: ({ query, headers }) => {
        const last = Number(headers['last-event-id'] ?? NaN);
        const after = Number.isSafeInteger(last) ? last : (query.after ?? events.last);
        return {
          status: 200,
          type: 'text/event-stream',
          stream: (response, closed) => {
            follow(events, after, response, closed);
          },
        };
      },
    }),
  ];
}

function follow(events: EventHub, after: number, response: ServerResponse, closed: AbortSignal): void {
  const stream = new EventStream(response, closed, 'what happens from now on');
  events.follow(
    after,
    ({ id, at, event }) => {
      if (stream.waitingBytes > mostWaitingBytes) stream.drop();
      else stream.send({ id, at, ...event }, `id: ${String(id)}\nevent: ${event.type}\n`);
    },
    closed,
  );
}
