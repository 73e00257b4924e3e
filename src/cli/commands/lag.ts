import { Option, type Command } from 'commander';
import { DataDir } from '../../store/index.js';
import type { By } from '../by.js';
import { connectorsBeyond, lagText, queryLag } from '../connector-lags.js';
import { exitCodes, tell, type CommandError } from '../exit-code.js';
import { groupsMeant, type GroupOptions } from '../groups/group-options.js';
import { groupLagText, groupsBeyond, queryGroupLags } from '../groups/show-lag.js';
import type { LagLimits } from '../lag.js';
import { leaf, perform } from '../leaf.js';
import { LiveRegion } from '../live-region.js';
import { durationOption, gather, wholeNumberOption } from '../option-values.js';
import type { Output } from '../output.js';
import { incomplete } from '../survey.js';
import { onCluster, withClusterOptions } from '../topic-access.js';
import { everyUntilStopped } from '../watch.js';

interface LagOptions extends GroupOptions {
  readonly by?: By;
  /** True where no interval is given. */
  readonly watch?: number | true;
  readonly max?: number;
  readonly maxAge?: number;
}

const defaultWatchMs = 2_000;

export function lag(): Command {
  const command = leaf(
    'lag',
    'Show how far connectors are behind, running or not; or, with --group, consumer groups of any RocketMQ\nWith --max or --max-age the exit code is 4 where one is further behind, or its lag is unknown.',
    [
      'lag',
      'lag archive --max 1000 --max-age 30s',
      'lag --watch 5s',
      'lag east-to-west --by queue',
      'lag --group billing --nameserver 127.0.0.1:9876 --by topic',
    ],
  )
    .argument('[connectors...]', 'only these')
    .option('--watch [interval]', 'show it again and again (default interval: 2s)', durationOption)
    .option('--max <records>', 'check that none is more records behind', wholeNumberOption)
    .option('--max-age <duration>', 'check that none is longer behind', durationOption)
    .option('--group <group>', 'this consumer group, whoever it is of; may be repeated', gather)
    .addOption(
      new Option('--by <part>', 'of mirrors and groups: each topic or queue as well').choices([
        'topic',
        'queue',
      ]),
    );
  withClusterOptions(command);
  return perform<LagOptions>(command, async ({ options, out, dataDir }, names: string[]) => {
    const look = lookerFor(options, names, dataDir);
    if (options.watch === undefined) await showOnce(look, out);
    else await watch(look, options, out);
  });
}

/** What one look has found. */
interface Look {
  readonly result: object;
  readonly text: () => string;
  /** It could not find out everything. */
  readonly incomplete: CommandError | null;
  /** A check that was asked for does not hold. */
  readonly beyond: CommandError | null;
}

/** Throws `CommandError` for options that do not go together. */
function lookerFor(
  options: LagOptions,
  names: readonly string[],
  dataDir: string,
): (out: Output) => Promise<Look> {
  const groups = groupsMeant(options, names);
  const { by } = options;
  if (groups === null) {
    return async (out) => {
      const { report, unanswered } = await queryLag(new DataDir(dataDir), names, Date.now(), by);
      return {
        result: report,
        text: () => lagText(report, out, dataDir, by),
        incomplete: incomplete(unanswered, report),
        beyond: connectorsBeyond(report, limitsOf(options), dataDir),
      };
    };
  }
  return (out) =>
    onCluster(options, dataDir, async ({ admin }) => {
      const report = await queryGroupLags(admin, groups, by, Date.now());
      return {
        result: report,
        text: () => groupLagText(report, out),
        incomplete: null,
        beyond: groupsBeyond(report, limitsOf(options)),
      };
    });
}

async function showOnce(look: (out: Output) => Promise<Look>, out: Output): Promise<void> {
  const seen = await look(out);
  const failure = seen.incomplete ?? seen.beyond;
  if (!out.json) out.data(seen.text());
  else if (failure === null) out.result(seen.result);
  if (failure !== null) throw failure;
}

/** Goes on over brokers that do not answer, and ends with the first check that does not hold. */
async function watch(look: (out: Output) => Promise<Look>, options: LagOptions, out: Output): Promise<void> {
  const intervalMs = typeof options.watch === 'number' ? options.watch : defaultWatchMs;
  const region = out.dataOnTerminal && !out.json ? new LiveRegion(out, 'data') : null;
  try {
    await everyUntilStopped(intervalMs, out.closed, async () => {
      const seen = await lookAgain(look, out);
      if (seen === null) return;
      if (region !== null) region.show(seen.text().split('\n'));
      else if (!out.json) out.data(seen.text());
      else if (seen.incomplete === null && seen.beyond === null) out.result(seen.result);
      if (seen.beyond !== null) throw seen.beyond;
      if (seen.incomplete !== null) out.failure(tell(seen.incomplete));
    });
  } finally {
    region?.close();
  }
}

/** Null, and said, where RocketMQ does not answer: it may at the next look. */
async function lookAgain(look: (out: Output) => Promise<Look>, out: Output): Promise<Look | null> {
  try {
    return await look(out);
  } catch (error) {
    const told = tell(error);
    if (told.exitCode !== exitCodes.unreachable) throw error;
    out.failure(told);
    return null;
  }
}

const limitsOf = ({ max, maxAge }: LagOptions): LagLimits => ({
  maxRecords: max,
  maxSeconds: maxAge === undefined ? undefined : maxAge / 1000,
});
