/** `send` of the official client, as many at once as are fastest. */
import { Producer } from 'rocketmq-client-nodejs';
import { argument } from './argument.js';
import { common } from './official.js';

interface OfficialSend {
  readonly endpoints: string;
  readonly topic: string;
  readonly count: number;
  readonly bytes: number;
}

/** More make it slower, and from a thousand on it fails. */
const inFlight = 64;

const { endpoints, topic, count, bytes } = argument() as OfficialSend;
const producer = new Producer(common(endpoints));
await producer.startup();
const body = Buffer.alloc(bytes, 'x');
let left = count;
const send = async (): Promise<void> => {
  while (left > 0) {
    left -= 1;
    await producer.send({ topic, body });
  }
};
await Promise.all(Array.from({ length: inFlight }, send));
process.exit(0);
