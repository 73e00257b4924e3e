import type { ApiContext } from './context.js';
import { connectorRoutes } from './kafka/connectors.js';
import { loggerRoutes } from './kafka/loggers.js';
import { offsetRoutes } from './kafka/offsets.js';
import { pluginRoutes } from './kafka/plugins.js';
import { openApiRoute } from './openapi.js';
import { eventRoutes } from './own/events.js';
import { healthRoutes } from './own/health.js';
import { lagRoutes } from './own/lag.js';
import { letterRoutes } from './own/letters.js';
import { json, route, type Route } from './route.js';

/** All that the worker's API answers. A part more is one more function here. */
export function apiRoutes(context: ApiContext): readonly Route[] {
  const routes: Route[] = [
    route('GET', '/', {
      summary: 'Which worker this is.',
      handle: () =>
        json({
          version: context.version,
          commit: context.version,
          kafka_cluster_id: context.address,
          name: 'rmq-connect',
          worker_id: context.workerId,
        }),
    }),
    ...connectorRoutes(context),
    ...offsetRoutes(context),
    ...pluginRoutes(context),
    ...loggerRoutes(context),
    ...lagRoutes(context),
    ...letterRoutes(context),
    ...eventRoutes(context),
    ...healthRoutes(context),
    openApiRoute(() => routes, context.version),
  ];
  return routes;
}
