import type { WorkerResult } from '../../worker/worker.js';
import { countNames, titleOf } from '../count-columns.js';
import { countText, plural, rateText, secondsText } from '../number-text.js';
import { stateText } from '../state-text.js';
import type { Style } from '../style.js';
import { table } from '../table.js';

/** The `result` of a run. */
export interface RunResult {
  readonly connectors: readonly {
    readonly connector: string;
    readonly kind: WorkerResult['connectors'][number]['kind'];
    readonly state: string;
    readonly records: number;
    /** Records that could not be taken and were left out. */
    readonly skipped: number;
    /** Records that could not be taken and were kept. */
    readonly dead_lettered: number;
    /** Times that something was tried again in place. */
    readonly retried: number;
    readonly errors: number;
    readonly last_record_at: string | null;
  }[];
  readonly failures: WorkerResult['failures'];
  readonly seconds: number;
}

export function runResult({ connectors, failures }: WorkerResult, seconds: number): RunResult {
  return {
    connectors: connectors.map(({ connector, kind, state, records, tasks, last_record_at, ...counts }) => ({
      connector,
      kind,
      state,
      records,
      skipped: counts.skipped,
      dead_lettered: counts.dead_lettered,
      retried: counts.retried,
      errors: tasks.reduce((sum, task) => sum + task.errors, 0),
      last_record_at,
    })),
    failures,
    seconds: Math.round(seconds * 1000) / 1000,
  };
}

/** What a run did, and what to look at next. */
export function summaryText(
  { connectors }: WorkerResult,
  seconds: number,
  dataDirOption: string,
  style: Style,
): string {
  const ran = `${plural(connectors.length, 'connector')} ran for ${secondsText(seconds)}`;
  if (connectors.length === 0) return ran;
  const some = countNames.filter((name) => connectors.some((connector) => connector[name] > 0));
  const rows = connectors.map(({ connector, kind, state, records, ...counts }) => [
    connector,
    kind,
    stateText(state, style),
    countText(records),
    ...some.map((name) => countText(counts[name])),
    seconds > 0 ? rateText(records / seconds) : '-',
  ]);
  const done = table(
    [
      { title: 'connector' },
      { title: 'kind' },
      { title: 'state' },
      { title: 'records', align: 'right' },
      ...some.map((name) => ({ title: titleOf(name), align: 'right' }) as const),
      { title: 'average', align: 'right' },
    ],
    rows,
    style,
  );
  const letters = connectors.some(({ dead_lettered: count }) => count > 0) ? ['dlq list'] : [];
  const next = [...letters, 'offsets show', 'tasks list', 'lag'].map(
    (command) => `  npx rmq-connect ${command}${dataDirOption}`,
  );
  return [done, '', ran, '', style.dim('What to try next:'), ...next].join('\n');
}
