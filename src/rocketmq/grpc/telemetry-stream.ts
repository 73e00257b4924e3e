import { Duplex } from 'node:stream';
import { Metadata, type ClientDuplexStream, type TelemetryCommand } from './client-package.js';

type TelemetryStream = ClientDuplexStream<TelemetryCommand, TelemetryCommand>;

/**
 * rocketmq-client-nodejs 1.0.8 takes all listeners off a telemetry stream it is done with; an error that
 * comes after that would end the process. Can go when it leaves one on.
 */
export function survivingRelease(stream: TelemetryStream): TelemetryStream {
  const removeAllListeners = stream.removeAllListeners.bind(stream);
  stream.removeAllListeners = (event?: string | symbol): typeof stream => {
    if (event === undefined) removeAllListeners();
    else removeAllListeners(event);
    stream.on('error', () => undefined);
    return stream;
  };
  return stream;
}

/**
 * Given to a client that was shut down and still opens its stream again: 1.0.8 does so every second,
 * for ever, where the proxy is away. Nothing comes of this one. Can go when a shutdown ends that.
 */
export class ClosedStream extends Duplex {
  constructor() {
    super({ objectMode: true });
  }

  override _read(): void {
    // Nothing comes.
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  cancel(): void {
    this.destroy();
  }

  getPeer(): string {
    return '';
  }

  getAuthContext(): null {
    return null;
  }

  serialize(): Buffer {
    return Buffer.alloc(0);
  }

  deserialize(): never {
    throw new Error('nothing comes from a closed stream');
  }

  metadata = new Metadata();
}
