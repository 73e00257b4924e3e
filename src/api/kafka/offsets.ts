import type { ApiContext } from '../context.js';
import { json, route, type Route } from '../route.js';
import { offsetsSpec } from './specs.js';

/** Where connectors stand; they are moved only while they are stopped. */
export function offsetRoutes({ connectors, inquiries }: ApiContext): readonly Route[] {
  return [
    route('GET', '/connectors/{name}/offsets', {
      summary: "A source's positions by partition, or a sink's offsets by queue.",
      handle: async ({ params: { name = '' } }) => {
        connectors.get(name);
        return json({ offsets: await inquiries.offsets(name) });
      },
    }),
    route('PATCH', '/connectors/{name}/offsets', {
      summary: 'Moves a stopped connector; what is not named stays. 409 where it is not stopped.',
      body: offsetsSpec,
      handle: async ({ params: { name = '' }, body: { offsets } }) => {
        const message = await connectors.whileStopped(name, () => inquiries.moveOffsets(name, offsets));
        return json({ message });
      },
    }),
    route('DELETE', '/connectors/{name}/offsets', {
      summary: 'Has a stopped connector start anew, as its entry says. 409 where it is not stopped.',
      handle: async ({ params: { name = '' } }) => {
        const message = await connectors.whileStopped(name, () => inquiries.resetOffsets(name));
        return json({ message });
      },
    }),
  ];
}
