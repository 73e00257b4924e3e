import { Option, type Command } from 'commander';
import { dataDirOption } from '../data-dir-option.js';
import { CommandError } from '../exit-code.js';
import {
  variableFiles,
  problemsError,
  readJobFiles,
  tellWarnings,
  withJobFileOptions,
  type JobFileOptions,
} from '../job-files.js';
import type { ConnectorDefinition, JobDefinition, Loaded } from '../../job/definition.js';
import type { WorkerResult } from '../../worker/worker.js';
import { leaf, perform } from '../leaf.js';
import { durationOption } from '../option-values.js';
import { ChosenLevel, logLevelOption, tells, type LogLevel } from '../log-level.js';
import type { Output } from '../output.js';
import type { RunFace } from '../run/face.js';
import { withJsonLines } from '../run/json-face.js';
import { LineFace } from '../run/line-face.js';
import { apiToken, listenOption, type ListenAt } from '../run/listen-at.js';
import { runJobs } from '../run/run-jobs.js';
import type { ServiceSettings } from '../run/servers.js';
import { unfinishedText, type Ending } from '../run/shutdown.js';
import { runResult, summaryText } from '../run/summary.js';
import { withStopSignals } from '../stop-signals.js';

interface RunOptions extends JobFileOptions {
  readonly once?: true;
  readonly wait?: true;
  readonly shutdownTimeout?: number;
  readonly logFormat: 'text' | 'json';
  readonly logLevel: LogLevel;
  readonly exitOn: 'failed' | 'never';
  readonly api?: ListenAt;
  readonly apiRocketmq?: ListenAt;
  readonly apiTokenFile?: string;
  readonly watch?: true;
}

const noJobs: Promise<Loaded> = Promise.resolve({ jobs: [], problems: [] });
const defaultShutdownMs = 30_000;

export function run(): Command {
  const command = withJobFileOptions(
    leaf('run', 'Run the connectors of job files until they are finished or stopped', [
      'run job.yaml',
      'run examples/quickstart.yaml --once',
      'run --api 127.0.0.1:8082',
      'run jobs/ --set rocketmq.nameserver=127.0.0.1:9876 --env .env --wait',
    ]),
    '[files...]',
  )
    .option('--once', 'move what is there now, and end')
    .option('--wait', 'wait for RocketMQ where it does not answer')
    .option(
      '--shutdown-timeout <duration>',
      'how long what is in flight may take after the first Ctrl-C (default: 30s)',
      durationOption,
    )
    .addOption(
      new Option('--log-format <format>', 'how events are written where there is no terminal')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(logLevelOption())
    .addOption(
      new Option('--exit-on <when>', 'failed: end, with 1, when nothing is left that runs; never: stay')
        .choices(['failed', 'never'])
        .default('failed')
        .conflicts('once'),
    )
    .addOption(
      new Option(
        '--api <host:port>',
        'listen for requests (REST), such as 127.0.0.1:8082; the worker then stays until it is stopped',
      )
        .argParser(listenOption)
        .conflicts('once'),
    )
    .addOption(
      new Option('--api-rocketmq <host:port>', 'the same in the words of Apache RocketMQ Connect')
        .argParser(listenOption)
        .conflicts('once'),
    )
    .addOption(
      new Option(
        '--watch',
        'follow the job files: what changed in them is changed, and nothing else; the worker then stays',
      ).conflicts('once'),
    )
    .option(
      '--api-token-file <file>',
      'a file with the token that requests must have (default: $RMQ_CONNECT_API_TOKEN); needed where others reach the address',
    );
  return perform<RunOptions>(command, async ({ options, out, dataDir }, files: string[]) => {
    await withStopSignals(async (signalled) => {
      const stop = AbortSignal.any([signalled, out.closed]);
      const level = new ChosenLevel(options.logLevel);
      const face = await faceFor(options, level, out);
      try {
        await runFiles(files, options, dataDir, face, level, stop, out);
      } catch (error) {
        if (!stop.aborted || error !== stop.reason) throw error;
        face.close();
        out.talk('stopped before anything was started');
        if (out.json) out.result({ connectors: [], failures: [], seconds: 0 });
      } finally {
        face.close();
      }
    });
  });
}

async function runFiles(
  files: readonly string[],
  options: RunOptions,
  dataDir: string,
  face: RunFace,
  level: ChosenLevel,
  stop: AbortSignal,
  out: Output,
): Promise<void> {
  if (files.length === 0 && options.api === undefined && options.apiRocketmq === undefined) {
    throw new CommandError('usage', 'usage', 'no job file is named', {
      hint: 'name one, or give --api HOST:PORT to make connectors while it runs',
    });
  }
  const loaded = await face.phase('validating', () =>
    files.length === 0 ? noJobs : readJobFiles(files, options),
  );
  const failure = problemsError(loaded.problems, '; nothing was started');
  if (failure !== null) throw failure;
  if (!out.json && tells(options.logLevel, 'warn')) tellWarnings(loaded.problems, out);
  if (out.json) refuseConsole(loaded.jobs);
  const startedAt = performance.now();
  const ending = await runJobs(loaded.jobs, {
    dataDir,
    envFiles: variableFiles(options),
    once: options.once === true,
    wait: options.wait === true,
    stay: options.exitOn === 'never',
    shutdownTimeoutMs: options.shutdownTimeout ?? defaultShutdownMs,
    face: printsOnTerminal(loaded.jobs, out) ? new LineFace(out, options.logFormat, level) : face,
    service: await serviceOf(files, options, loaded.jobs, level),
    clientLog: tells(options.logLevel, 'debug'),
    stop,
  });
  tellEnding(ending, (performance.now() - startedAt) / 1000, options, dataDirOption(dataDir), out);
}

/** Null: nobody is to speak to the worker while it runs. */
async function serviceOf(
  files: readonly string[],
  options: RunOptions,
  jobs: readonly JobDefinition[],
  level: ChosenLevel,
): Promise<ServiceSettings | null> {
  const api = options.api ?? null;
  const rocketmqApi = options.apiRocketmq ?? null;
  const addresses = [api, rocketmqApi].filter((address) => address !== null);
  const { apiTokenFile, set = [] } = options;
  const watch = options.watch === true ? { paths: files, load: () => readJobFiles(files, options) } : null;
  if (addresses.length === 0 && watch === null) return null;
  return { api, rocketmqApi, token: await apiToken(apiTokenFile, jobs, addresses), set, level, watch };
}

function consoleSink(jobs: readonly JobDefinition[]): ConnectorDefinition | undefined {
  return jobs.flatMap(({ connectors }) => connectors).find(({ plugin }) => plugin === 'console');
}

/** What a sink prints and a block that is drawn in place would destroy each other. */
function printsOnTerminal(jobs: readonly JobDefinition[], out: Output): boolean {
  return out.dataOnTerminal && consoleSink(jobs) !== undefined;
}

/** stdout holds either what the console sink prints or JSON about the run. */
function refuseConsole(jobs: readonly JobDefinition[]): void {
  const printing = consoleSink(jobs);
  if (printing === undefined) return;
  throw new CommandError(
    'usage',
    'usage',
    `connector ${printing.name} prints records to stdout, where --json has its objects`,
    {
      hint: 'run it without --json, or give it another sink',
    },
  );
}

async function faceFor({ logFormat }: RunOptions, level: ChosenLevel, out: Output): Promise<RunFace> {
  const lines = (): RunFace => new LineFace(out, logFormat, level);
  if (out.json) return withJsonLines(lines(), out);
  if (!out.lively || logFormat === 'json') return lines();
  const { TerminalFace } = await import('../run/terminal-face.js');
  return new TerminalFace(out, level);
}

/** `dataDir`: what commands that are suggested need so that they look there. */
function tellEnding(
  ending: Ending,
  seconds: number,
  options: RunOptions,
  dataDir: string,
  out: Output,
): void {
  const { result } = ending;
  if (result !== null && !out.json) {
    out.talk(`\n${summaryText(result, seconds, dataDir, out.talkStyle)}`);
  }
  const details = result === null ? {} : { result: runResult(result, seconds) };
  if (!ending.inTime) {
    const message = unfinishedText(ending.unfinished, options.shutdownTimeout ?? defaultShutdownMs);
    throw new CommandError('failed', 'shutdown_timeout', message, { details });
  }
  if (ending.result.failures.length > 0) throw failed(ending.result.failures, details, dataDir);
  if (out.json) out.result(runResult(ending.result, seconds));
}

function failed(failures: WorkerResult['failures'], details: object, dataDir: string): CommandError {
  const lines = failures.map(({ connector, failure }) => `${connector}: ${failure.code}: ${failure.message}`);
  const names = [...new Set(failures.map(({ connector }) => connector))].join(', ');
  return new CommandError('failed', 'connectors_failed', `${names} failed`, {
    details: { failures, ...details },
    lines,
    hint: `rmq-connect tasks list${dataDir} shows what each task did`,
  });
}
