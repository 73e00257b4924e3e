import { Option, type Command } from 'commander';
import type { Overview } from '../../metrics/overview.js';
import { leaf, perform } from '../leaf.js';
import { durationOption } from '../option-values.js';
import type { Output } from '../output.js';
import { orderNames, type Choice, type Order } from '../top/choice.js';
import { TopScreen } from '../top/screen.js';
import { topText } from '../top/view.js';
import { withApiOptions, workerApi, type ApiOptions, type WorkerApi } from '../worker-api.js';

interface TopOptions extends ApiOptions {
  readonly once?: true;
  readonly interval?: number;
  readonly sort: Order;
  readonly filter?: string;
}

const defaultIntervalMs = 1_000;

export function top(): Command {
  const command = withApiOptions(
    leaf(
      'top',
      'Watch a running worker: its connectors and tasks, rates, lag and errors\n' +
        'On a terminal it goes on, and takes keys; anywhere else, with --once or --json, it is shown once.',
      [
        'top',
        'top --sort behind --filter orders',
        'top --api-url http://127.0.0.1:8082 --once',
        'top --json',
      ],
    ),
  )
    .option('--once', 'show it once')
    .option('--interval <duration>', 'how often it is read (default: 1s)', durationOption)
    .addOption(new Option('--sort <order>', 'what comes first').choices(orderNames).default('name'))
    .option('--filter <text>', 'only connectors with this in their name, kind or state');
  return perform<TopOptions>(command, async ({ options, out, dataDir }) => {
    const api = await workerApi(options, dataDir);
    const choice: Choice = {
      order: options.sort,
      filter: options.filter ?? '',
      typing: false,
      selected: null,
      tasks: false,
    };
    const overview = await readOverview(api);
    if (out.json) out.result(overview);
    else if (options.once === true || !isForKeys(out))
      out.data(topText(overview, { ...choice, tasks: true }, out.style));
    else await new TopScreen(api, out, choice, overview, options.interval ?? defaultIntervalMs).run();
  });
}

const readOverview = (api: WorkerApi): Promise<Overview> => api.ask<Overview>('GET', '/overview');

/** Whether a person sits at both ends. */
const isForKeys = (out: Output): boolean => out.dataOnTerminal && process.stdin.isTTY;
