import { z } from 'zod';
import type { SourcePlugin } from '../../../src/sdk/index.js';
import { connectionFields } from '../../sql/connection.js';
import { pollingPosition } from '../../sql/polling/position.js';
import { pollingLag, startPolling } from '../../sql/polling/source.js';
import {
  missingFields,
  pollingFields,
  pollingModes,
  pollingReplays,
  type PollingConfig,
} from '../../sql/polling/spec.js';
import { openReader } from './reader.js';

const spec = z.strictObject({
  ...connectionFields,
  mode: z.enum(pollingModes).describe('How rows are read: see the README.'),
  ...pollingFields,
});

export const source: SourcePlugin<PollingConfig> = {
  kind: 'source',
  spec,
  replayable: true,
  replays: pollingReplays,
  position: pollingPosition,
  check: (config) => Promise.resolve(missingFields(config)),
  lag: (config, positions, context) => pollingLag(openReader, config, positions, context),
  start: (config, context) => startPolling(openReader, config, context),
};
