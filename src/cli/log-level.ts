import { Option } from 'commander';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export function logLevelOption(): Option {
  return new Option(
    '--log-level <level>',
    'what is told on stderr; debug adds what the gRPC client of RocketMQ says',
  )
    .choices([...logLevels])
    .default('info');
}

/** Whether something of a level is told where this one was chosen. */
export function tells(chosen: LogLevel, level: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(chosen);
}
