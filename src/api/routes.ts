import type { ApiContext } from './context.js';
import { connectorRoutes } from './kafka/connectors.js';
import { loggerRoutes } from './kafka/loggers.js';
import { offsetRoutes } from './kafka/offsets.js';
import { pluginRoutes } from './kafka/plugins.js';
import { openApiRoute } from './openapi.js';
import { unauthorized } from './guard.js';
import { eventRoutes } from './own/events.js';
import { healthRoutes } from './own/health.js';
import { lagRoutes } from './own/lag.js';
import { letterRoutes } from './own/letters.js';
import { json, route, type Route } from './route.js';
import { pageAnswer, pageRoutes, wantsPage } from './watch/page.js';
import { watchRoutes } from './watch/routes.js';

/** All that the worker's API answers. A part more is one more function here. */
export function apiRoutes(context: ApiContext): readonly Route[] {
  const routes: Route[] = [
    route('GET', '/', {
      summary:
        'Which worker this is; or the page, for a browser. The page needs no token, but to show anything.',
      open: true,
      handle: ({ headers, trusted }) => {
        if (context.page !== null && wantsPage(headers.accept)) return pageAnswer(context.page);
        if (!trusted) throw unauthorized();
        return json({
          version: context.version,
          commit: context.version,
          kafka_cluster_id: context.address,
          name: 'rmq-connect',
          worker_id: context.workerId,
        });
      },
    }),
    ...connectorRoutes(context),
    ...offsetRoutes(context),
    ...pluginRoutes(context),
    ...loggerRoutes(context),
    ...lagRoutes(context),
    ...letterRoutes(context),
    ...eventRoutes(context),
    ...healthRoutes(context),
    ...watchRoutes(context.watch),
    openApiRoute(() => routes, context.version),
  ];
  // The page's files are no part of what is described.
  return context.page === null ? routes : [...routes, ...pageRoutes(context.page)];
}
