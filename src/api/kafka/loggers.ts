import type { ApiContext } from '../context.js';
import { ApiFailure } from '../failure.js';
import { json, route, type Route } from '../route.js';
import { levelSpec } from './specs.js';

/** How much the worker tells; there is one logger, `root`. */
export function loggerRoutes({ logLevel }: ApiContext): readonly Route[] {
  const told = (): object => ({
    level: logLevel.level.toUpperCase(),
    last_modified: logLevel.changedAt?.getTime() ?? null,
  });
  const known = (name = ''): void => {
    if (name !== 'root') throw new ApiFailure(404, 'unknown_logger', `there is no logger ${name}, only root`);
  };
  return [
    route('GET', '/admin/loggers', {
      summary: 'How much the worker tells.',
      handle: () => json({ root: told() }),
    }),
    route('GET', '/admin/loggers/{name}', {
      summary: 'How much one logger tells.',
      handle: ({ params: { name } }) => {
        known(name);
        return json(told());
      },
    }),
    route('PUT', '/admin/loggers/{name}', {
      summary: 'Changes how much the worker tells, until it ends.',
      body: levelSpec,
      handle: ({ params: { name }, body }) => {
        known(name);
        const level = body.level.toLowerCase();
        if (!logLevel.levels.includes(level)) {
          const hint = `levels are ${logLevel.levels.join(', ')}`;
          throw new ApiFailure(400, 'unknown_level', `there is no level ${body.level}`, { hint });
        }
        logLevel.set(level);
        return json([name]);
      },
    }),
  ];
}
