import type { Lag } from '../../sdk/index.js';
import { routeLine } from '../mirrors/route-numbers-text.js';
import { routeSummary } from '../mirrors/route-summary.js';
import { bytesText, countText, rateText, secondsText } from '../number-text.js';
import { stateText } from '../state-text.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import type { ConnectorView } from './face.js';

const columns = [
  { title: 'connector' },
  { title: 'state' },
  { title: 'records', align: 'right' },
  { title: 'rate', align: 'right' },
  { title: 'behind', align: 'right' },
  { title: 'last error' },
] as const;

/** The block that is shown while connectors run: a line each, and how long it has been. */
export function liveLines(
  views: readonly ConnectorView[],
  elapsedSeconds: number,
  stopping: boolean,
  style: Style,
): readonly string[] {
  const rows = views.map(({ status, lag }) => [
    status.connector,
    stateText(status.state, style),
    countText(status.records),
    status.state === 'running' && status.rate.now !== null ? rateText(status.rate.now) : '-',
    behindText(lag),
    style.red(lastError(status.tasks)),
  ]);
  const foot = style.dim(
    `${secondsText(Math.floor(elapsedSeconds))}, ${stopping ? 'stopping' : 'Ctrl-C stops'}`,
  );
  const routes = views.flatMap(({ status: { connector, route } }) =>
    route === null ? [] : [style.dim(`${connector}: ${routeLine(routeSummary(route))}`)],
  );
  return [...table(columns, rows, style).split('\n'), ...routes, foot];
}

/** In the first unit that is known: records, else bytes. */
function behindText(lag: Lag): string {
  const age = lag.seconds === null || lag.seconds === 0 ? '' : ` (${secondsText(lag.seconds)})`;
  if (lag.records !== null) return `${countText(lag.records)}${age}`;
  return lag.bytes === null ? 'unknown' : bytesText(lag.bytes);
}

function lastError(tasks: ConnectorView['status']['tasks']): string {
  const error = tasks.map((task) => task.error).find((one) => one !== null) ?? null;
  return error === null ? '' : `${error.code}: ${error.message}`.replaceAll('\n', ' ');
}
