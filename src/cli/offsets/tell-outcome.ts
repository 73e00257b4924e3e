import { dataDirOption, shellWord } from '../data-dir-option.js';
import { countText } from '../number-text.js';
import type { Output } from '../output.js';
import { table } from '../table.js';
import type { Outcome } from './carry-out.js';
import type { LeftOut } from './plan-import.js';
import type { PartitionChange } from './partition-changes.js';
import type { ToldPlan } from './plan.js';
import type { QueueChange } from './queue-changes.js';

/** Prints what was, what is to be, and whether it is so now. */
export function tellOutcome(
  outcome: Outcome,
  dataDir: string,
  out: Output,
  leftOut: readonly LeftOut[] = [],
): void {
  if (out.json) {
    out.result({ ...outcome, left_out: leftOut });
    return;
  }
  outcome.connectors.forEach((plan, index) => {
    if (index > 0) out.data('');
    const kind = plan.kind === 'sink' ? `sink, group ${plan.group}` : 'source';
    out.data(`${out.style.bold(plan.connector)}  ${kind}`);
    out.data(changesTable(plan, out).replace(/^/gm, '  '));
  });
  for (const what of outcome.removed) out.talk(`deleted ${what}`);
  for (const { connector, what, reason } of leftOut) out.talk(`${connector}: left out ${what}: ${reason}`);
  out.talk(ending(outcome, dataDirOption(dataDir)));
}

function ending({ applied, backup, obstacles, connectors }: Outcome, dataDir: string): string {
  const cleaned = connectors.filter((plan) => plan.kind === 'source' && plan.cleanup === true);
  // What the positions are places in is gone.
  if (applied && cleaned.length > 0)
    return `changed; there is no way back (the positions were: ${backup ?? ''})`;
  if (applied) {
    return `changed; to go back: rmq-connect offsets import ${shellWord(backup ?? '')} --yes${dataDir}`;
  }
  if (cleaned.length === 0 && !connectors.some(({ changes }) => changes.some(isMove))) {
    return 'nothing to change';
  }
  const would = [
    ...obstacles.map((reason) => `would be refused: ${reason}`),
    ...cleaned.map(({ connector }) => `would delete what ${connector} has made in its system`),
  ];
  return [...would, 'nothing was changed; with --yes it is done'].join('\n');
}

const isMove = ({ old, new: wanted }: QueueChange | PartitionChange): boolean =>
  JSON.stringify(old) !== JSON.stringify(wanted);

function changesTable(plan: ToldPlan, out: Output): string {
  if (plan.changes.length === 0) return plan.kind === 'sink' ? 'no queue' : 'no partition';
  return plan.kind === 'sink' ? queuesTable(plan.changes, out) : partitionsTable(plan.changes, out);
}

function queuesTable(changes: readonly QueueChange[], out: Output): string {
  const rows = changes.map((change) => [
    change.topic,
    change.broker,
    String(change.queue),
    change.old === null ? 'none yet' : countText(change.old),
    countText(change.new),
    change.delta === null ? 'unknown' : signed(change.delta),
    change.note ?? '',
  ]);
  return table(
    [
      { title: 'topic' },
      { title: 'broker' },
      { title: 'queue', align: 'right' },
      { title: 'old', align: 'right' },
      { title: 'new', align: 'right' },
      { title: 'delta', align: 'right' },
      { title: '' },
    ],
    rows,
    out.style,
  );
}

const signed = (delta: number): string => `${delta > 0 ? '+' : ''}${countText(delta)}`;

function partitionsTable(changes: readonly PartitionChange[], out: Output): string {
  const rows = changes.map((change) => [
    change.partition,
    change.old === null ? 'not read' : JSON.stringify(change.old),
    change.new === null ? 'not read' : JSON.stringify(change.new),
    change.note ?? '',
  ]);
  return table([{ title: 'partition' }, { title: 'old' }, { title: 'new' }, { title: '' }], rows, out.style);
}
