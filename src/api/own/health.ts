import type { ConnectorStatus } from '../../store/index.js';
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

const notReady: ReadonlySet<string> = new Set(['starting', 'restarting', 'failed']);

function readiness(all: readonly ConnectorStatus[], trusted: boolean): Answer {
  const waiting = all.filter(
    ({ wanted, state, tasks }) =>
      wanted === 'running' && (notReady.has(state) || tasks.some((task) => notReady.has(task.state))),
  );
  if (waiting.length === 0) return json({ status: 'ready', connectors: [] });
  const connectors = trusted ? waiting.map(reasonOf) : [];
  return json({ status: 'not ready', connectors }, 503);
}

function reasonOf({ connector, state, tasks }: ConnectorStatus): object {
  const troubled = tasks.find((task) => task.error !== null || task.detail !== null);
  const cause = troubled?.error ?? troubled?.detail ?? null;
  const worst = tasks.some((task) => task.state === 'failed') ? 'failed' : state;
  return { connector, state: worst, reason: cause === null ? null : `${cause.code}: ${cause.message}` };
}
