const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const;

/** The reason `stop` aborts with: somebody asked the program to end. */
class StopRequested extends Error {
  override readonly name = 'StopRequested';
  readonly signal: keyof typeof exitCodeOf;

  constructor(signal: keyof typeof exitCodeOf) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

/**
 * While `action` goes on, the first SIGINT or SIGTERM aborts `stop`, and the second one ends the process
 * at once.
 */
export async function withStopSignals<T>(action: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = (signal: keyof typeof exitCodeOf): void => {
    if (stop.signal.aborted) process.exit(exitCodeOf[signal]);
    stop.abort(new StopRequested(signal));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await action(stop.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
