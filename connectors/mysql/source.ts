import { z } from 'zod';
import type { SourcePlugin } from '../../src/sdk/index.js';
import { pollingPosition } from '../sql/polling/position.js';
import { pollingLag, startPolling } from '../sql/polling/source.js';
import { missingFields, pollingDelivery } from '../sql/polling/spec.js';
import { cdcLag, cdcPosition, startCdc } from './cdc/index.js';
import { inspectSource } from './inspect/source.js';
import { openReader } from './polling/reader.js';
import { cdcOf, pollingOf, sourceSpec, type SourceConfig } from './spec.js';

export const source: SourcePlugin<SourceConfig> = {
  kind: 'source',
  spec: sourceSpec,
  delivery: (config) => {
    const polling = pollingOf(config);
    return polling === null ? { delivery: 'exactly_once' } : pollingDelivery(polling);
  },
  position: z.union([pollingPosition, cdcPosition]),
  check: (config) => {
    const polling = pollingOf(config);
    if (polling !== null) return Promise.resolve(missingFields(polling));
    if (config.tables !== undefined) return Promise.resolve([]);
    return Promise.resolve([{ severity: 'error', path: ['tables'], message: 'mode: cdc needs tables' }]);
  },
  lag: (config, positions, context) => {
    const polling = pollingOf(config);
    return polling === null
      ? cdcLag(cdcOf(config), positions)
      : pollingLag(openReader, polling, positions, context);
  },
  inspect: inspectSource,
  start: (config, context) => {
    const polling = pollingOf(config);
    return polling === null
      ? Promise.resolve(startCdc(cdcOf(config)))
      : startPolling(openReader, polling, context);
  },
};
