/** A broker in a process of its own, to be killed: `crash-child.js FOLDER`. Prints its port. */
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';

const dir = process.argv[2];
if (dir === undefined) throw new Error('a folder is needed');
const broker = await startEmbeddedBroker({ dir, segmentBytes: 256 * 1024 });
process.stdout.write(`${broker.port}\n`);
