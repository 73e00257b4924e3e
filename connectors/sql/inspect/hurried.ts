import type { InspectContext } from '../../../src/sdk/index.js';
import type { ConnectionFields } from '../connection.js';

/** The configuration with limits to what a look may take. */
export const hurried = <Config extends ConnectionFields>(
  config: Config,
  { timeoutMs }: InspectContext,
): Config => ({
  ...config,
  timeout_ms: Math.min(config.timeout_ms, timeoutMs),
  statement_timeout_ms: timeoutMs,
});
