import { Option } from 'commander';

const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export function logLevelOption(): Option {
  return new Option(
    '--log-level <level>',
    'what is told on stderr; debug adds what the gRPC client of RocketMQ says',
  )
    .choices([...logLevels])
    .default('info');
}

/** What is told, and may be changed while a worker runs. */
export class ChosenLevel {
  #level: LogLevel;
  #changedAt: Date | null = null;
  readonly levels: readonly string[] = logLevels;

  constructor(level: LogLevel) {
    this.#level = level;
  }

  get level(): LogLevel {
    return this.#level;
  }

  /** null: never. */
  get changedAt(): Date | null {
    return this.#changedAt;
  }

  set(level: string): void {
    const known = logLevels.find((one) => one === level);
    if (known === undefined) throw new Error(`there is no level ${level}`);
    this.#level = known;
    this.#changedAt = new Date();
  }
}

/** Whether something of a level is told where this one was chosen. */
export function tells(chosen: LogLevel, level: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(chosen);
}
