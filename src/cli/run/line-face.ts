import type { JsonObject, Log } from '../../sdk/index.js';
import type { WorkerEvent } from '../../worker/worker.js';
import { roundedRates } from '../rates.js';
import { tells, type ChosenLevel, type LogLevel } from '../log-level.js';
import { countText, rateText, secondsText } from '../number-text.js';
import type { Output } from '../output.js';
import type { ConnectorView, RunFace } from './face.js';

const summaryEveryMs = 30_000;
const phaseEveryMs = 10_000;

type Entry = { readonly level: LogLevel; readonly message: string } & Readonly<Record<string, unknown>>;

/** For log files and pipes: one line per event on stderr, and a summary line every 30 s. */
export class LineFace implements RunFace {
  readonly #write: (entry: Entry) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(out: Output, format: 'text' | 'json', chosen: ChosenLevel) {
    const write: (entry: Entry) => void =
      format === 'json'
        ? (entry) => {
            out.talk(JSON.stringify({ at: new Date().toISOString(), ...entry }));
          }
        : (entry) => {
            out.talk(`${new Date().toISOString()} ${textOf(entry)}`);
          };
    this.#write = (entry) => {
      if (tells(chosen.level, entry.level)) write(entry);
    };
  }

  /** What takes long is told again now and then, not each time it is tried. */
  async phase<T>(_title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    let told = -Infinity;
    return work((message) => {
      if (performance.now() - told < phaseEveryMs) return;
      told = performance.now();
      this.#write({ level: 'warn', message });
    });
  }

  watch(view: () => readonly ConnectorView[]): void {
    this.#timer = setInterval(() => {
      const connectors = view();
      this.#write({
        level: 'info',
        message: connectors.map(summaryOf).join('; '),
        event: 'summary',
        connectors: connectors.map(summaryFields),
      });
    }, summaryEveryMs);
  }

  event(event: WorkerEvent): void {
    const { type, message, ...fields } = event;
    this.#write({ level: levelOf(event), message, event: type, ...fields });
  }

  say(message: string): void {
    this.#write({ level: 'info', message });
  }

  debug(message: string): void {
    this.#write({ level: 'debug', message });
  }

  stopping(text: string): void {
    this.say(text);
  }

  readonly log: Log = {
    info: (message, fields) => {
      this.#write({ level: 'info', message, ...fields });
    },
    warn: (message, fields) => {
      this.#write({ level: 'warn', message, ...fields });
    },
    error: (message, fields) => {
      this.#write({ level: 'error', message, ...fields });
    },
  };

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}

export function levelOf({ type }: WorkerEvent): LogLevel {
  switch (type) {
    case 'connector_failed':
    case 'task_failed':
      return 'error';
    case 'task_restarting':
    case 'task_stalled':
    case 'warning':
      return 'warn';
    case 'topic_created':
    case 'connector_started':
    case 'connector_finished':
    case 'connector_stopped':
    case 'connector_paused':
    case 'connector_added':
    case 'connector_changed':
    case 'connector_removed':
    case 'tasks_changed':
    case 'standby':
    case 'task_recovered':
    case 'recovering':
      return 'info';
  }
}

/** `read-log task 0: …` */
export function eventText({ connector, task, message }: WorkerEvent): string {
  return `${connector}${task === undefined ? '' : ` task ${String(task)}`}: ${message}`;
}

/** What a line of text leaves out: the message says it. */
const said = new Set(['level', 'message', 'event', 'connector', 'task', 'error', 'connectors']);

function textOf(entry: Entry): string {
  const { level, message, connector, task } = entry;
  const number = typeof task === 'number' ? ` task ${String(task)}` : '';
  const who = typeof connector === 'string' ? `${connector}${number}: ` : '';
  const more = Object.entries(entry)
    .filter(([name]) => !said.has(name))
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${level.padEnd(5)} ${who}${message}${more.join('')}`;
}

function summaryOf({ status, lag }: ConnectorView): string {
  const behind = lag.records === null ? '' : `, ${countText(lag.records)} behind`;
  const age = lag.seconds === null || lag.seconds === 0 ? '' : ` (${secondsText(lag.seconds)})`;
  return `${status.connector} ${status.state}, ${countText(status.records)} records, ${rateText(status.rate.now)}${behind}${age}`;
}

export function summaryFields({ status, lag }: ConnectorView): JsonObject {
  const { connector, kind, state, records, rate, last_record_at } = status;
  const errors = status.tasks.reduce((sum, task) => sum + task.errors, 0);
  const { records: behind, bytes, seconds } = lag;
  return {
    connector,
    kind,
    state,
    records,
    errors,
    lag: { records: behind, bytes, seconds },
    rate: roundedRates(rate),
    last_record_at,
  };
}
