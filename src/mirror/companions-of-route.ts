import type { RouteMeter } from '../worker/meters/route-meter.js';
import type { CompanionContext, OpenCompanion } from './companion.js';
import { Heartbeats } from './heartbeats.js';
import { routeNumbers } from './route-numbers.js';
import { openGroupSync } from './sync/open-group-sync.js';

/** What goes along with every route. `noHeartbeats`: why there are none; null: there are. */
export function companionsOf(
  { definition: { heartbeats } }: Pick<CompanionContext, 'definition'>,
  meter: RouteMeter,
  noHeartbeats: string | null,
): readonly OpenCompanion[] {
  // Null once one was sent.
  if (noHeartbeats !== null) meter.noHeartbeats = noHeartbeats;
  return [
    openGroupSync,
    () => routeNumbers(meter),
    ...(heartbeats === null || noHeartbeats !== null
      ? []
      : [(context: CompanionContext) => Heartbeats.start(context, meter, heartbeats.everyMs)]),
  ];
}
