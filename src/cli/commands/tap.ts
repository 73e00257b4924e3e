import { Option, type Command } from 'commander';
import { tapStages, type TappedRecord, type TapStage } from '../../worker/flow/taps.js';
import { printable } from '../body-text.js';
import { leaf, perform } from '../leaf.js';
import { timeText } from '../number-text.js';
import { wholeNumberOption } from '../option-values.js';
import type { Output } from '../output.js';
import { withStopSignals } from '../stop-signals.js';
import { withApiOptions, workerApi, type ApiOptions } from '../worker-api.js';

interface TapOptions extends ApiOptions {
  readonly limit: number;
  readonly stage: TapStage;
}

/** The worker shows no more of them in a second. */
const perSecond = 50;

export function tap(): Command {
  const command = withApiOptions(
    leaf(
      'tap',
      'Show some records of a connector as they pass, without slowing them\n' +
        'before: as they came; after: as the transforms and the format have made them. Ends after --limit records.',
      ['tap archive', 'tap read-orders --stage before --limit 3', 'tap archive --limit 0 --json'],
    ),
  )
    .argument('<connector>', 'whose records')
    .option('--limit <count>', 'end after so many; 0: go on until Ctrl-C', wholeNumberOption, 10)
    .addOption(new Option('--stage <stage>', 'where to look').choices(tapStages).default('after'));
  return perform<TapOptions>(command, async ({ options, out, dataDir }, connector: string) => {
    const api = await workerApi(options, dataDir);
    const { limit, stage } = options;
    const path = `/connectors/${encodeURIComponent(connector)}/tap?stage=${stage}&per_second=${String(perSecond)}`;
    const enough = new AbortController();
    let seen = 0;
    await withStopSignals(async (signalled) => {
      const end = AbortSignal.any([signalled, out.closed, enough.signal]);
      if (!out.json && out.dataOnTerminal)
        out.talk(out.talkStyle.dim(`waiting for records of ${connector} …`));
      await api.listen(path, end, (data) => {
        if (limit > 0 && seen >= limit) return;
        seen += 1;
        show(data as TappedRecord, out);
        if (seen === limit) enough.abort();
      });
    });
  });
}

function show(record: TappedRecord, out: Output): void {
  if (out.json) {
    out.result(record);
    return;
  }
  const { at, task, place, key, tag, headers, value, base64, cut } = record;
  const { bold, dim } = out.style;
  const marks = Object.entries({ ...(key !== null && { key }), ...(tag !== null && { tag }), ...headers });
  const about = marks.map(([name, text]) => `${name}=${printable(text)}`).join(' ');
  out.data(
    `${bold(timeText(at))}  task ${String(task)}  ${printable(place ?? '')}${about === '' ? '' : `  ${dim(about)}`}`,
  );
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  out.data(`  ${base64 === true ? 'base64 ' : ''}${printable(text)}${cut === true ? dim(' …') : ''}`);
}
