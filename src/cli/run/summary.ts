import type { WorkerResult } from '../../worker/worker.js';
import { countText, plural, rateText, secondsText } from '../number-text.js';
import { stateText } from '../state-text.js';
import type { Style } from '../style.js';
import { table } from '../table.js';

/** The `result` of a run. */
export interface RunResult {
  readonly connectors: readonly {
    readonly connector: string;
    readonly kind: 'source' | 'sink';
    readonly state: string;
    readonly records: number;
    readonly errors: number;
    readonly last_record_at: string | null;
  }[];
  readonly failures: WorkerResult['failures'];
  readonly seconds: number;
}

export function runResult({ connectors, failures }: WorkerResult, seconds: number): RunResult {
  return {
    connectors: connectors.map(({ connector, kind, state, records, tasks, last_record_at }) => ({
      connector,
      kind,
      state,
      records,
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
  const rows = connectors.map(({ connector, kind, state, records }) => [
    connector,
    kind,
    stateText(state, style),
    countText(records),
    seconds > 0 ? rateText(records / seconds) : '-',
  ]);
  const done = table(
    [
      { title: 'connector' },
      { title: 'kind' },
      { title: 'state' },
      { title: 'records', align: 'right' },
      { title: 'average', align: 'right' },
    ],
    rows,
    style,
  );
  const next = ['offsets show', 'tasks list', 'lag'].map(
    (command) => `  npx rmq-connect ${command}${dataDirOption}`,
  );
  return [
    done,
    '',
    `${plural(connectors.length, 'connector')} ran for ${secondsText(seconds)}`,
    '',
    style.dim('What to try next:'),
    ...next,
  ].join('\n');
}
