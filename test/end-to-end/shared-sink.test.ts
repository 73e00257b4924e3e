import { after, before } from 'node:test';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { sharedSinkSuite } from '../conformance/shared-sink-suite.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';

let folder: string;
let broker: EmbeddedBroker;

before(async () => {
  folder = await ownedFolder('shared-broker');
  broker = await startEmbeddedBroker({ dir: folder });
});
after(async () => {
  await broker.close();
  await removeFolder(folder);
});

sharedSinkSuite('the embedded broker', () => ({ nameserver: broker.address }));
