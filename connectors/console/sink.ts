import type { Writable } from 'node:stream';
import { ConnectorError, type SinkConnector, type SinkPlugin, type SinkTask } from '../../src/sdk/index.js';
import { spec, type ConsoleConfig } from './spec.js';
import { print } from './print.js';

/** Prints to `stream`, which stays open. */
export function consoleSink(stream: Writable): SinkPlugin<ConsoleConfig> {
  return {
    kind: 'sink',
    spec,
    start: (config) => Promise.resolve(startConsole(stream, config)),
  };
}

function startConsole(stream: Writable, config: ConsoleConfig): SinkConnector {
  // A stream without a listener for its errors ends the process; `write` reports them to the worker.
  const ignore = () => undefined;
  stream.on('error', ignore);
  let open = true;
  const task: SinkTask = {
    write: async (records, signal) => {
      const bytes = print(records, config.output);
      if (bytes.length > 0) await writeOut(stream, bytes, signal);
    },
    close: () => Promise.resolve(),
  };
  return {
    open: () => Promise.resolve(task),
    close: () => {
      if (open) stream.off('error', ignore);
      open = false;
      return Promise.resolve();
    },
  };
}

/** Resolves when the stream has passed the bytes on, so that a slow reader slows the worker down. */
function writeOut(stream: Writable, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    stream.write(bytes, (error) => {
      signal.removeEventListener('abort', abort);
      if (error) reject(explain(error));
      else resolve();
    });
  });
}

function explain(error: NodeJS.ErrnoException): ConnectorError {
  const gone = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
  return gone
    ? new ConnectorError('unavailable', 'stdout was closed by the program that reads it', {
        cause: error,
        hint: 'keep the reading program running',
        retryable: false,
      })
    : new ConnectorError('unavailable', `stdout: ${error.message}`, { cause: error });
}
