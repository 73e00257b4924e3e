import type { OutMessage, Producer, Queue } from '../../rocketmq/cluster.js';
import { RocketmqError } from '../../rocketmq/errors.js';
import { ConnectorError } from '../../sdk/index.js';
import { TransformFailed } from '../../stages/index.js';
import type { DeadLetter } from '../../worker/dead-letter.js';
import { replayOfProperty, replayToProperty } from '../../worker/message.js';
import { messageOf as convertedAgain, recordOfLetter } from '../../worker/source-message.js';
import type { Marks } from './marks.js';
import type { Shelf } from './shelf.js';

/** How often what is done is written down, in letters. */
const saveEvery = 100;

export interface Replayed {
  readonly connector: string;
  /** Where they were sent. */
  readonly topics: readonly string[];
  readonly replayed: number;
  /** A transform of the connector drops them now. */
  readonly dropped: number;
  /** Those that cannot be sent, and stay. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Sends letters back: a sink's as it came, to its topic and queue, or so that only that sink takes it; a
 * source's through the connector's transforms and format as they are now. Each is marked when it is sent;
 * a command that is killed in between may send up to a hundred of them again.
 */
export async function replayLetters(
  shelf: Pick<Shelf, 'connector' | 'definition' | 'cluster'>,
  letters: readonly DeadLetter[],
  marks: Marks,
  toConnector: boolean,
): Promise<Replayed> {
  const producer = shelf.cluster.producer('connect-dlq-replay');
  const topics = new Set<string>();
  const refused: { id: string; reason: string }[] = [];
  let replayed = 0;
  let dropped = 0;
  const targets = new Targets(producer);
  try {
    for (const letter of letters) {
      try {
        const message = messageOf(letter, shelf, toConnector);
        if (message === null) dropped += 1;
        else {
          const queue = await targets.of(letter, topicFor(letter, shelf));
          await producer.send(queue, [message]);
          topics.add(queue.topic);
          replayed += 1;
        }
        marks.replayed(letter.id);
        if ((replayed + dropped) % saveEvery === 0) await marks.save();
      } catch (error) {
        if (!isOfLetter(error)) throw error;
        refused.push({ id: letter.id, reason: error.message });
      }
    }
  } finally {
    await producer.close();
  }
  return { connector: shelf.connector, topics: [...topics].sort(), replayed, dropped, refused };
}

export function topicFor({ origin }: DeadLetter, { definition }: Pick<Shelf, 'definition'>): string {
  return definition.kind === 'source' ? definition.topic : origin.topic;
}

/** Null where a transform drops it. */
function messageOf(
  letter: DeadLetter,
  { connector, definition }: Pick<Shelf, 'connector' | 'definition'>,
  toConnector: boolean,
): OutMessage | null {
  if (letter.cut.length > 0) {
    const what = letter.cut.join(' and ');
    throw new ConnectorError('bad_data', `its ${what} could not be kept whole; take it from where it came`);
  }
  const message =
    letter.origin.kind === 'source' && definition.kind === 'source'
      ? convertedAgain(recordOfLetter(letter.original, letter.origin.value), definition)
      : letter.original;
  if (message === null) return null;
  const properties = Object.fromEntries(
    Object.entries(message.properties ?? {}).filter(([name]) => name !== replayToProperty),
  );
  properties[replayOfProperty] = letter.id;
  if (toConnector && definition.kind === 'sink') properties[replayToProperty] = connector;
  return { ...message, properties };
}

function isOfLetter(error: unknown): error is Error {
  if (error instanceof RocketmqError) return error.code === 'too_large' || error.code === 'invalid';
  return error instanceof ConnectorError || error instanceof TransformFailed;
}

/** Finds the queue a record came from, where it is there still; others go to all queues in turn. */
class Targets {
  readonly #producer: Producer;
  readonly #queues = new Map<string, readonly Queue[]>();
  #turn = 0;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  async of({ origin }: DeadLetter, topic: string): Promise<Queue> {
    const queues = this.#queues.get(topic) ?? (await this.#producer.queues(topic));
    this.#queues.set(topic, queues);
    const same = queues.find(({ broker, queue }) => broker === origin.broker && queue === origin.queue);
    const next = same ?? queues[this.#turn++ % queues.length];
    if (next !== undefined) return next;
    throw new RocketmqError('topic_not_found', `topic ${topic} has no queue to write to`);
  }
}
