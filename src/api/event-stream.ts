import type { ServerResponse } from 'node:http';

/** So often a client that hears nothing is told that it is still heard, and proxies that the stream lives. */
const beatEveryMs = 15_000;

/** Server-sent events to one client, until it goes. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #beat: NodeJS.Timeout;

  /** `greeting` tells the client that it is heard, before the first event. */
  constructor(response: ServerResponse, closed: AbortSignal, greeting: string) {
    this.#response = response;
    this.#response.write(`: ${greeting}\n\n`);
    this.#beat = setInterval(() => response.write(': still here\n\n'), beatEveryMs);
    closed.addEventListener(
      'abort',
      () => {
        this.end();
      },
      { once: true },
    );
  }

  /** What the client has not taken yet. */
  get waitingBytes(): number {
    return this.#response.writableLength;
  }

  /** `fields` come before the data, each a line. */
  send(data: unknown, fields = ''): void {
    this.#response.write(`${fields}data: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    clearInterval(this.#beat);
    this.#response.end();
  }

  /** Lets go of a client that does not take what it is sent. */
  drop(): void {
    this.#response.destroy();
  }
}
