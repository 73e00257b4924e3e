import type { Told } from './exit-code.js';
import { isLively, plainStyle, styleFor, type Style } from './style.js';

/**
 * The only writer to stdout and stderr. stdout is for data, stderr for talk; with `--json` stdout holds
 * nothing but JSON objects, one a line.
 */
export class Output {
  readonly json: boolean;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly talkStyle: Style;
  readonly #closed = new AbortController();
  readonly #onStdoutError = (error: Error): void => {
    this.#lost(error);
  };
  /** Nobody is left to be told. */
  readonly #onStderrError = (): void => undefined;

  private constructor(json: boolean, style: Style, talkStyle: Style) {
    this.json = json;
    this.style = style;
    this.talkStyle = talkStyle;
    process.stdout.on('error', this.#onStdoutError);
    process.stderr.on('error', this.#onStderrError);
  }

  static async open(json: boolean): Promise<Output> {
    const style = json ? plainStyle : await styleFor(process.stdout);
    return new Output(json, style, await styleFor(process.stderr));
  }

  /** Aborted when the reader of stdout went away (`| head`): there is nobody to go on for. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether talk may move: a terminal that somebody looks at. */
  get lively(): boolean {
    return isLively(process.stderr);
  }

  get dataOnTerminal(): boolean {
    return process.stdout.isTTY;
  }

  /** Of the terminal that shows the data, in characters. */
  get dataColumns(): number {
    return widthOf(process.stdout);
  }

  /** Of the terminal that shows the talk, in characters. */
  get columns(): number {
    return widthOf(process.stderr);
  }

  get rows(): number {
    return process.stderr.isTTY ? process.stderr.rows : 24;
  }

  /** One line of data, or several. */
  data(text: string): void {
    this.raw(`${text}\n`);
  }

  raw(text: string): void {
    if (!this.#closed.signal.aborted) process.stdout.write(text);
  }

  /** One line of talk, or several. */
  talk(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Talk with control sequences, for what moves. */
  rawTalk(text: string): void {
    process.stderr.write(text);
  }

  /** One JSON object on a line of its own. */
  jsonLine(value: object): void {
    this.data(JSON.stringify(value));
  }

  result(result: object): void {
    this.jsonLine({ ok: true, result });
  }

  failure(told: Told): void {
    const { code, message, hint, details } = told;
    if (this.json) {
      const error = hint === undefined ? { code, message, ...details } : { code, message, hint, ...details };
      this.jsonLine({ ok: false, error });
    } else {
      for (const line of told.lines) this.talk(line);
      this.talk(`${this.talkStyle.red('error:')} ${message}`);
      if (hint !== undefined) this.talk(`  → ${hint}`);
    }
    if (told.stack !== undefined) this.talk(told.stack);
  }

  /** Lets go of the streams. */
  close(): void {
    process.stdout.off('error', this.#onStdoutError);
    process.stdout.on('error', () => undefined);
  }

  #lost(error: Error): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(error);
    if ('code' in error && error.code === 'EPIPE') return;
    process.exitCode = 1;
    this.talk(`error: cannot write to standard output: ${error.message}`);
  }
}

/** What is no terminal, or one that does not know its width, has the usual one. */
function widthOf({ isTTY, columns }: NodeJS.WriteStream): number {
  return isTTY && columns > 0 ? columns : 80;
}
