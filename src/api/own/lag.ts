import type { ApiContext } from '../context.js';
import { json, route, type Route } from '../route.js';

/** How far connectors are behind. */
export function lagRoutes({ inquiries }: ApiContext): readonly Route[] {
  return [
    route('GET', '/lag', {
      summary: 'How far each connector is behind: the result of `lag --json`.',
      handle: async () => json(await inquiries.lag()),
    }),
    route('GET', '/mirrors', {
      summary: 'The routes between clusters: from where to where, and how far behind.',
      handle: async () => json(await inquiries.mirrors()),
    }),
  ];
}
