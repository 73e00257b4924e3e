import ora from 'ora';
import type { Log } from '../../sdk/index.js';
import type { WorkerEvent } from '../../worker/worker.js';
import { LiveRegion } from '../live-region.js';
import { tells, type ChosenLevel, type LogLevel } from '../log-level.js';
import type { Output } from '../output.js';
import type { ConnectorView, RunFace } from './face.js';
import { eventText, levelOf } from './line-face.js';
import { liveLines } from './live-lines.js';

const drawEveryMs = 250;

/** For a person at a terminal: a spinner per phase, then a block with a line per connector. */
export class TerminalFace implements RunFace {
  readonly #out: Output;
  readonly #chosen: ChosenLevel;
  readonly #region: LiveRegion;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(out: Output, chosen: ChosenLevel) {
    this.#out = out;
    this.#chosen = chosen;
    this.#region = new LiveRegion(out, 'talk');
  }

  async phase<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    // The input is left alone, so that Ctrl-C is a signal and nothing keeps the process alive.
    const spinner = ora({
      text: title,
      stream: process.stderr,
      discardStdin: false,
      isEnabled: true,
      color: this.#out.talkStyle.coloured ? 'cyan' : false,
    }).start();
    try {
      const result = await work((text) => {
        spinner.text = `${title}: ${text}`;
      });
      spinner.stop();
      return result;
    } catch (error) {
      spinner.stop();
      throw error;
    }
  }

  watch(view: () => readonly ConnectorView[]): void {
    const draw = (): void => {
      const elapsed = (performance.now() - this.#startedAt) / 1000;
      this.#region.show(liveLines(view(), elapsed, this.#stopping, this.#out.talkStyle));
    };
    draw();
    this.#timer = setInterval(draw, drawEveryMs);
  }

  /** The block shows starts and ends; what it cannot show stays above it. */
  event(event: WorkerEvent): void {
    if (event.type === 'connector_started' || event.type === 'connector_stopped') return;
    this.#above(eventText(event), levelOf(event));
  }

  say(text: string): void {
    if (tells(this.#chosen.level, 'info')) this.#region.above(text);
  }

  debug(text: string): void {
    this.#above(text, 'debug');
  }

  stopping(text: string): void {
    this.#stopping = true;
    this.say(text);
  }

  readonly log: Log = {
    info: (message) => {
      this.#above(message, 'info');
    },
    warn: (message) => {
      this.#above(message, 'warn');
    },
    error: (message) => {
      this.#above(message, 'error');
    },
  };

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#region.clear();
    this.#region.close();
  }

  #above(text: string, level: LogLevel): void {
    if (!tells(this.#chosen.level, level)) return;
    const { red, yellow, dim } = this.#out.talkStyle;
    const paint = { debug: dim, info: dim, warn: yellow, error: red }[level];
    this.#region.above(paint(text));
  }
}
