/** Where the broker tells what its owner may want to know. One line a call, without a line end. */
export interface BrokerLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const silentLog: BrokerLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
