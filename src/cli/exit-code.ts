import { CommanderError } from 'commander';
import { RocketmqError } from '../rocketmq/errors.js';
import { ConnectorError } from '../sdk/errors.js';
import { diskComplaint } from './disk-text.js';

/**
 * What the shell gets:
 * - `ok`
 * - `failed`: it was tried, and did not work
 * - `usage`: wrong usage, or a definition that cannot run; nothing was started
 * - `unreachable`: RocketMQ or another system does not answer
 * - `check`: a check that was asked for does not hold
 */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, check: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What a command reports when it cannot do what was asked. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** More fields of `error` in the JSON answer. */
  readonly details: object;
  /** Findings, told to people before the message. */
  readonly lines: readonly string[];

  constructor(
    kind: keyof typeof exitCodes,
    code: string,
    message: string,
    options: {
      hint?: string | undefined;
      details?: object;
      lines?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = exitCodes[kind];
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
    this.lines = options.lines ?? [];
  }
}

/** An error in the form in which it is told to people and scripts. */
export interface Told {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: object;
  readonly lines: readonly string[];
  /** Where it came from, for errors nobody foresaw. */
  readonly stack: string | undefined;
}

const noDetails = { hint: undefined, details: {}, lines: [], stack: undefined };

const noAnswer: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'disconnected']);
const noAnswerErrnos: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

export function tell(error: unknown): Told {
  if (error instanceof CommandError) {
    const { exitCode, code, message, hint, details, lines } = error;
    return { exitCode, code, message, hint, details, lines, stack: undefined };
  }
  if (error instanceof CommanderError) return tellUsage(error);
  if (error instanceof ConnectorError) {
    const { code, message, hint } = error;
    return { ...noDetails, exitCode: connectorExitCode(error), code, message, hint };
  }
  if (error instanceof RocketmqError) {
    const isAway = noAnswer.has(error.code);
    const exitCode = isAway ? exitCodes.unreachable : exitCodes.failed;
    const hint = isAway ? 'is RocketMQ running there, and is the address right?' : undefined;
    const details = error.address === undefined ? {} : { address: error.address };
    return { ...noDetails, exitCode, code: error.code, message: error.message, hint, details };
  }
  return tellOther(error);
}

function connectorExitCode(error: ConnectorError): ExitCode {
  if (error.code === 'unreachable') return exitCodes.unreachable;
  return error.code === 'config' ? exitCodes.usage : exitCodes.failed;
}

function tellUsage(error: CommanderError): Told {
  // Help and version "fail" with exit code 0; help that nobody asked for is a command left out.
  const exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const message =
    error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '');
  return { ...noDetails, exitCode, code: 'usage', message };
}

const codesByName: Readonly<Record<string, string>> = {
  CorruptFileError: 'corrupt_file',
  LockedError: 'locked',
  StoreError: 'broker_store',
  ListenError: 'cannot_listen',
};

const hints: Readonly<Partial<Record<string, string>>> = {
  cannot_listen: 'end what listens there, or choose another --port (--grpc-port); 0 takes a free one',
};

/** Errors of the stores and of Node are told by name and code, so that no command has to load the store for it. */
function tellOther(error: unknown): Told {
  if (!(error instanceof Error)) {
    return { ...noDetails, exitCode: exitCodes.failed, code: 'internal', message: String(error) };
  }
  const { message } = error;
  const named = codesByName[error.name];
  if (named !== undefined) {
    const hint = hints[named];
    return { ...noDetails, exitCode: exitCodes.failed, code: named, message, hint };
  }
  if ('syscall' in error && 'code' in error && typeof error.code === 'string') {
    const exitCode = noAnswerErrnos.has(error.code) ? exitCodes.unreachable : exitCodes.failed;
    const told = diskComplaint(error) ?? { message, hint: undefined };
    return { ...noDetails, exitCode, code: error.code.toLowerCase(), ...told };
  }
  return {
    ...noDetails,
    exitCode: exitCodes.failed,
    code: 'internal',
    message,
    hint: 'this is a fault of rmq-connect; please report it with the lines below',
    stack: error.stack,
  };
}
