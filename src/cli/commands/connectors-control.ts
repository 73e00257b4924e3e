import { Option, type Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import type { JsonValue } from '../../sdk/index.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import type { Output } from '../output.js';
import { table } from '../table.js';
import { withApiOptions, workerApi, type ApiOptions, type WorkerApi } from '../worker-api.js';

/** What is asked of a connector may take as long as what it has in flight. */
const patienceMs = 35_000;
const lookEveryMs = 100;

const task = z.looseObject({ id: z.number(), state: z.string(), trace: z.string().optional() });
const statusSpec = z.looseObject({
  name: z.string(),
  type: z.string(),
  wanted: z.string(),
  connector: z.looseObject({ state: z.string() }),
  tasks: z.array(task),
});
type Status = z.infer<typeof statusSpec>;

const at = (name: string): string => `/connectors/${encodeURIComponent(name)}`;

const statusOf = async (client: WorkerApi, name: string): Promise<Status> =>
  statusSpec.parse(await client.ask('GET', `${at(name)}/status`));

/** Commands that ask a running worker to do something with one connector, and show how it is then. */
function told(
  name: string,
  description: string,
  act: (client: WorkerApi, connector: string) => Promise<void>,
  settled: (status: Status) => boolean,
): Command {
  const command = leaf(name, description, [`connectors ${name} archive`]).argument('<name>', 'the connector');
  return perform<ApiOptions>(
    withApiOptions(command),
    async ({ options, out, dataDir }, connector: string) => {
      const client = await workerApi(options, dataDir);
      await act(client, connector);
      const startedAt = performance.now();
      let status = await statusOf(client, connector);
      while (!settled(status) && performance.now() - startedAt < patienceMs) {
        await sleep(lookEveryMs);
        status = await statusOf(client, connector);
      }
      if (!settled(status)) throw notSettled(status);
      if (name === 'resume' && status.connector.state === 'FAILED') throw failedInstead(status);
      show(status, out);
    },
  );
}

function notSettled(status: Status): CommandError {
  const { name, connector, wanted } = status;
  const state = connector.state.toLowerCase();
  return new CommandError(
    'failed',
    'not_settled',
    `${name} is still ${state} after ${String(patienceMs / 1_000)} s (wanted: ${wanted})`,
    {
      hint: `it goes on by itself; see how it is: rmq-connect connectors status ${name}`,
      details: { status },
    },
  );
}

function failedInstead(status: Status): CommandError {
  const why = status.tasks.map(({ trace }) => trace).find((trace) => trace !== undefined);
  const message = `${status.name} has failed${why === undefined ? '' : `: ${why}`}`;
  return new CommandError('failed', 'connector_failed', message, {
    hint: `mend the cause, then: rmq-connect connectors restart ${status.name}`,
    details: { status },
  });
}

const becoming =
  (verb: string) =>
  async (client: WorkerApi, name: string): Promise<void> => {
    await client.ask('PUT', `${at(name)}/${verb}`);
  };

export const connectorsPause = (): Command =>
  told(
    'pause',
    'Have a running worker pause a connector: what is in flight is finished and committed',
    becoming('pause'),
    ({ connector }) => ['PAUSED', 'FAILED', 'FINISHED'].includes(connector.state),
  );

export const connectorsResume = (): Command =>
  told(
    'resume',
    'Have a running worker run a connector that is paused or stopped',
    becoming('resume'),
    ({ connector }) => !['PAUSED', 'STOPPED', 'STARTING'].includes(connector.state),
  );

export const connectorsStop = (): Command =>
  told(
    'stop',
    'Have a running worker stop a connector, so that its offsets may be moved',
    becoming('stop'),
    ({ connector }) => connector.state === 'STOPPED',
  );

export const connectorsStatus = (): Command =>
  told(
    'status',
    'Show how a connector of a running worker is',
    () => Promise.resolve(),
    () => true,
  );

export function connectorsRestart(): Command {
  const command = leaf('restart', 'Have a running worker start a connector anew', [
    'connectors restart archive',
    'connectors restart archive --only-failed',
  ])
    .argument('<name>', 'the connector')
    .option('--only-failed', 'leave alone what has not failed');
  return perform<ApiOptions & { onlyFailed?: true }>(
    withApiOptions(command),
    async ({ options, out, dataDir }, name: string) => {
      const client = await workerApi(options, dataDir);
      const only = options.onlyFailed === true ? '&onlyFailed=true' : '';
      await client.ask('POST', `${at(name)}/restart?includeTasks=true${only}`);
      show(await statusOf(client, name), out);
    },
  );
}

export function connectorsDelete(): Command {
  const command = leaf(
    'delete',
    'Have a running worker remove a connector. Its positions stay: one of the same name goes on there',
    ['connectors delete archive'],
  ).argument('<name>', 'the connector');
  return perform<ApiOptions>(withApiOptions(command), async ({ options, out, dataDir }, name: string) => {
    await (await workerApi(options, dataDir)).ask('DELETE', at(name));
    if (out.json) out.result({ connector: name, deleted: true });
    else out.talk(`deleted ${name}; its positions stay`);
  });
}

export function connectorsCreate(): Command {
  const command = leaf('create', 'Have a running worker make a connector', [
    'connectors create archive entry.yaml',
    `connectors create archive --config '{"sink":"file","topic":"t","config":{"path":"out.txt"}}'`,
  ])
    .argument('<name>', 'its name')
    .argument('[file]', 'what stands below its name in a job file, as YAML or JSON; - is standard input')
    .option('--config <json>', 'the same, as text')
    .addOption(
      new Option('--state <state>', 'what is wanted of it at first')
        .choices(['running', 'paused', 'stopped'])
        .default('running'),
    );
  return perform<ApiOptions & { config?: string; state: string }>(
    withApiOptions(command),
    async ({ options, out, dataDir }, name: string, file: string | undefined) => {
      const config = entryOf(await textFrom(file, options.config));
      const client = await workerApi(options, dataDir);
      await client.ask('POST', '/connectors', { name, config, initial_state: options.state.toUpperCase() });
      show(await statusOf(client, name), out);
    },
  );
}

async function textFrom(file: string | undefined, given: string | undefined): Promise<string> {
  if ((file === undefined) === (given === undefined)) {
    throw new CommandError('usage', 'usage', 'the entry is given as a file or with --config, one of the two');
  }
  if (given !== undefined) return given;
  if (file === '-') return textOf(process.stdin);
  return readFile(file ?? '', 'utf8');
}

function entryOf(text: string): JsonValue {
  const document = parseDocument(text, { stringKeys: true });
  const [error] = document.errors;
  if (error === undefined) return document.toJS() as JsonValue;
  throw new CommandError('usage', 'definition', `the entry is neither YAML nor JSON: ${error.message}`);
}

export function tasksRestart(): Command {
  const command = leaf('restart', 'Have a running worker start one task of a connector anew', [
    'tasks restart archive 0',
  ])
    .argument('<connector>', 'the connector')
    .argument('<task>', 'its number');
  return perform<ApiOptions>(
    withApiOptions(command),
    async ({ options, out, dataDir }, name: string, number: string) => {
      const client = await workerApi(options, dataDir);
      await client.ask('POST', `${at(name)}/tasks/${encodeURIComponent(number)}/restart`);
      show(await statusOf(client, name), out);
    },
  );
}

function show(status: Status, out: Output): void {
  if (out.json) {
    out.result(status);
    return;
  }
  const { name, type, wanted, connector, tasks } = status;
  out.data(`${out.style.bold(name)}  ${type}  ${connector.state.toLowerCase()} (wanted: ${wanted})`);
  if (tasks.length === 0) return;
  const rows = tasks.map(({ id, state, trace = '' }) => [String(id), state.toLowerCase(), trace]);
  out.data(table([{ title: 'task', align: 'right' }, { title: 'state' }, { title: 'why' }], rows, out.style));
}
