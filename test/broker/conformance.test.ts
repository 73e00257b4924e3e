import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { conformanceSuite } from '../conformance/suite.js';

conformanceSuite('the embedded broker', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rmq-connect-broker-'));
  const broker = await startEmbeddedBroker({ dir });
  return {
    nameserver: broker.address,
    close: async () => {
      await broker.close();
      await rm(dir, { recursive: true });
    },
  };
});
