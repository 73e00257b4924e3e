import type { ConnectorStatus, State } from '../../store/index.js';
import type { ApiContext } from '../context.js';
import { json, route, type Answer, type Route } from '../route.js';

/** Whether the worker lives, and whether what it is to run does. */
export function healthRoutes(context: ApiContext): readonly Route[] {
  return [
    route('GET', '/healthz', {
      summary: 'Whether the worker lives. Needs no token.',
      open: true,
      handle: () => json({ status: 'alive' }),
    }),
    route('GET', '/readyz', {
      summary:
        '503 while a connector starts or has failed, with who and why. Needs no token, but to say who.',
      open: true,
      handle: ({ trusted }) => readiness(context.status(), trusted),
    }),
  ];
}

/** States in which what is wanted to run does not, the worst one first. */
const notReady = ['failed', 'restarting', 'starting'] as const satisfies readonly State[];

function readiness(all: readonly ConnectorStatus[], trusted: boolean): Answer {
  const waiting = all.flatMap((one) => waitingFor(one) ?? []);
  if (waiting.length === 0) return json({ status: 'ready', connectors: [] });
  return json({ status: 'not ready', connectors: trusted ? waiting : [] }, 503);
}

/** The worst state of the connector and its tasks, and what those say that are in it; null where it is ready. */
export function waitingFor({ connector, wanted, state, tasks }: ConnectorStatus): object | null {
  if (wanted !== 'running') return null;
  const worst = notReady.find((one) => state === one || tasks.some((task) => task.state === one));
  if (worst === undefined) return null;
  const causes = tasks
    .filter((task) => task.state === worst)
    .flatMap(({ error, detail }) => error ?? detail ?? []);
  const [cause] = causes;
  return { connector, state: worst, reason: cause === undefined ? null : `${cause.code}: ${cause.message}` };
}
