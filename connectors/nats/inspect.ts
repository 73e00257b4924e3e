import type { JetStreamManager } from '@nats-io/jetstream';
import {
  fine,
  problem,
  textsByTopic,
  type Finding,
  type Findings,
  type InspectContext,
  type SinkInspectContext,
} from '../../src/sdk/index.js';
import { natsError } from './errors.js';
import { Link, type Connection } from './link.js';
import { manager, streamState } from './stream-state.js';
import type { NatsSinkConfig, NatsSourceConfig } from './spec.js';

export async function* inspectSource(config: NatsSourceConfig, context: InspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    const { stream, durable } = config;
    if (stream === undefined) {
      yield fine('whether it may listen to the subjects, NATS tells only when it does');
      return;
    }
    const { first, last } = await streamState(link, stream);
    yield fine(`stream ${stream} is there, with messages ${first} to ${last}`);
    if (durable !== undefined) yield await durableFinding(link, stream, durable);
  });
}

export async function* inspectSink(config: NatsSinkConfig, context: SinkInspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    if (config.mode === 'core') {
      yield fine('whether it may publish, NATS tells only when it does');
      return;
    }
    const streams = await manager(link);
    yield fine('JetStream is on');
    const subjects = textsByTopic(config.subject, context.topics);
    if (subjects === null) yield fine('the records decide the subjects: streams for them are not looked for');
    for (const subject of subjects ?? []) yield await streamFinding(link, streams, subject);
  });
}

async function* connected(
  config: Connection,
  context: InspectContext,
  look: (link: Link) => Findings,
): Findings {
  const timeout = Math.min(config.timeout_ms, context.timeoutMs);
  const link = new Link({ ...config, timeout_ms: timeout }, context);
  try {
    const { info } = await link.connection();
    yield fine(`connected to ${link.where}${info === undefined ? '' : ` (NATS ${info.version})`}`);
    yield* look(link);
  } finally {
    await link.close();
  }
}

async function durableFinding(link: Link, stream: string, durable: string): Promise<Finding> {
  const streams = await manager(link);
  try {
    const { num_pending: pending } = await streams.consumers.info(stream, durable);
    return fine(`durable ${durable} is there, ${pending} messages behind`);
  } catch (error) {
    const its = natsError(error, link.where, `durable ${durable}`);
    if (its.code === 'not_found') return fine(`durable ${durable} is not there yet; it is made at the start`);
    throw its;
  }
}

async function streamFinding(link: Link, streams: JetStreamManager, subject: string): Promise<Finding> {
  try {
    return fine(`stream ${await streams.streams.find(subject)} takes the subject ${subject}`);
  } catch (error) {
    const its = natsError(error, link.where, `subject ${subject}`);
    if (its.code === 'unreachable' || its.code === 'denied') throw its;
    return problem(
      `no stream takes the subject ${subject}`,
      `nats stream add NAME --subjects '${subject}', or set mode: core`,
    );
  }
}
