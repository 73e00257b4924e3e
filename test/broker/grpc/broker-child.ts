/** A broker in a process of its own, to be killed: `broker-child.js FOLDER PORT GRPC_PORT`. Prints a line when it serves. */
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';

const [dir, port, grpcPort] = process.argv.slice(2);
if (dir === undefined) throw new Error('a folder is needed');
const broker = await startEmbeddedBroker({ dir, port: Number(port), grpcPort: Number(grpcPort) });
process.stdout.write(`${broker.endpoints ?? ''}\n`);
