import { InvalidArgumentError, type Command } from 'commander';
import { createInterface } from 'node:readline';
import type { OutMessage, Producer, Queue } from '../../rocketmq/cluster.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { countText, plural } from '../number-text.js';
import { wholeNumberOption } from '../option-values.js';
import type { Output } from '../output.js';
import { onCluster, withClusterOptions, type TopicAccessOptions } from '../topic-access.js';

interface SendOptions extends TopicAccessOptions {
  readonly key?: string;
  readonly tag?: string;
  readonly property?: Readonly<Record<string, string>>;
  readonly queue?: number;
  readonly create?: true;
}

/** As many as a topic gets that a job has made. */
const newQueues = 4;

export function topicsSend(): Command {
  const command = withClusterOptions(
    leaf('send', 'Send messages to a topic: each BODY is one, or else each line of standard input', [
      "topics send access-log 'GET /' --key 42",
      'topics send access-log < access.log',
    ]),
  )
    .argument('<topic>', 'the topic')
    .argument('[body...]', 'the messages')
    .option('--key <key>', 'their key')
    .option('--tag <tag>', 'their tag')
    .option('--property <name=value>', 'a user property; may be repeated', propertyOption)
    .option('--create', `make the topic where it is missing, with ${String(newQueues)} queues`)
    .option('--queue <number>', 'send to this queue instead of all in turn', wholeNumberOption);
  return perform<SendOptions>(command, async ({ options, out, dataDir }, topic: string, bodies: string[]) => {
    if (bodies.length === 0 && process.stdin.isTTY && !out.json) {
      out.talk('type messages, one a line; Ctrl-D ends');
    }
    const result = await onCluster(options, dataDir, async (cluster) => {
      // One that is there is left as it is.
      if (options.create === true) await cluster.admin.createTopic({ topic, queues: newQueues });
      const producer = cluster.producer('rmq-connect-send');
      try {
        return await sendAll(producer, topic, bodies.length > 0 ? bodies : stdinLines(), options);
      } finally {
        await producer.close();
      }
    });
    if (out.json) out.result(result);
    else printSent(result, out);
  });
}

export interface Sent {
  readonly topic: string;
  readonly messages: number;
  readonly queues: readonly {
    readonly broker: string;
    readonly queue: number;
    /** Of the first message that was sent to it. */
    readonly offset: number | null;
    readonly messages: number;
  }[];
}

/** Deals the messages over the queues in turn; what goes to one queue keeps its order. */
export async function sendAll(
  producer: Producer,
  topic: string,
  bodies: Iterable<string> | AsyncIterable<string>,
  options: Pick<SendOptions, 'key' | 'tag' | 'property' | 'queue'>,
): Promise<Sent> {
  const lanes = (await queuesFor(producer, topic, options.queue)).map((queue) => new Lane(producer, queue));
  const { key, tag, property } = options;
  let turn = 0;
  for await (const body of bodies) {
    const lane = lanes[turn++ % lanes.length];
    await lane?.add({ body: Buffer.from(body), key, tag, properties: property });
  }
  for (const lane of lanes) await lane.flush();
  const queues = lanes.flatMap((lane) => lane.sent ?? []);
  return { topic, messages: queues.reduce((sum, { messages }) => sum + messages, 0), queues };
}

async function queuesFor(
  producer: Producer,
  topic: string,
  number: number | undefined,
): Promise<readonly Queue[]> {
  const queues = await producer.queues(topic).catch((error: unknown) => {
    if (!(error instanceof RocketmqError) || error.code !== 'topic_not_found') throw error;
    throw new CommandError('failed', error.code, error.message, { cause: error });
  });
  const wanted = number === undefined ? queues : queues.filter(({ queue }) => queue === number);
  if (wanted.length > 0) return wanted;
  throw new CommandError('usage', 'usage', `${topic} has no queue ${String(number)}`, {
    hint: `it has ${queues.map(({ queue }) => String(queue)).join(', ')}`,
  });
}

/** The way to one queue: messages gather until they fill a batch. */
class Lane {
  readonly #producer: Producer;
  readonly #queue: Queue;
  #batch: OutMessage[] = [];
  #bytes = 0;
  #sent: Sent['queues'][number] | null = null;

  constructor(producer: Producer, queue: Queue) {
    this.#producer = producer;
    this.#queue = queue;
  }

  get sent(): Sent['queues'][number] | null {
    return this.#sent;
  }

  async add(message: OutMessage): Promise<void> {
    const { maxBatchBytes, maxBatchMessages } = this.#producer;
    const bytes = this.#producer.sizeOf(message);
    if (this.#bytes + bytes > maxBatchBytes || this.#batch.length >= maxBatchMessages) await this.flush();
    this.#batch.push(message);
    this.#bytes += bytes;
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#bytes = 0;
    const { offset } = await this.#producer.send(this.#queue, batch);
    const { broker, queue } = this.#queue;
    const before = this.#sent ?? { broker, queue, offset, messages: 0 };
    this.#sent = { ...before, messages: before.messages + batch.length };
  }
}

async function* stdinLines(): AsyncGenerator<string> {
  yield* createInterface({ input: process.stdin, crlfDelay: Infinity, terminal: false });
}

function propertyOption(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name = '', ...rest] = text.split('=');
  if (name === '' || rest.length === 0) throw new InvalidArgumentError('It is written name=value.');
  return { ...before, [name]: rest.join('=') };
}

function printSent({ topic, messages, queues }: Sent, out: Output): void {
  out.talk(`sent ${plural(messages, 'message')} to ${topic}`);
  for (const { broker, queue, offset, messages: count } of queues) {
    out.talk(`  ${broker}/${String(queue)}: ${countText(count)}, from offset ${countText(offset)}`);
  }
}
