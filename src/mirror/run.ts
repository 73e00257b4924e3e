import type { MirrorDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import { RocketmqError } from '../rocketmq/errors.js';
import { ConnectorError } from '../sdk/index.js';
import type { Positions } from '../worker/positions.js';
import { QueueMarks } from '../worker/queue-marks.js';
import type { RunnerContext } from '../worker/runner.js';
import { runFeeding } from '../worker/source-runner.js';
import type { TaskEnd } from '../worker/supervise.js';
import { Companions } from './companion.js';
import { companionsOf } from './companions-of-route.js';
import { prepareHeartbeats } from './prepare-heartbeats.js';
import { MirrorFeed } from './mirror-feed.js';
import { Places } from './places.js';
import { TopicRoutes } from './topic-routes.js';

/** Answers of 32 messages that are passed on as one: a batch costs both brokers much, its messages little. */
const gather = 8;

/**
 * Copies from one cluster to another, until it is stopped, or, when `sourcesEnded` is given, until what is in the
 * queues once that resolves is copied. `context` is of the cluster that is copied to.
 */
export async function runMirror(
  definition: MirrorDefinition,
  context: RunnerContext,
  from: Cluster,
  sourcesEnded: Promise<void> | null,
): Promise<TaskEnd | 'failed'> {
  await makeGroup(from, groupOf(definition));
  return runFeeding(
    {
      definition,
      replayable: true,
      start: (positions) => openFeed(definition, from, context, positions, sourcesEnded),
    },
    context,
  );
}

/** Finds its way to the queues that are to be copied, and opens what goes along with them. */
async function openFeed(
  definition: MirrorDefinition,
  from: Cluster,
  { cluster: to, store, emit, once, monitor }: RunnerContext,
  positions: Positions,
  sourcesEnded: Promise<void> | null,
): Promise<MirrorFeed> {
  const { route: meter } = monitor;
  if (meter === null) throw new Error(`${definition.name} is no mirror`);
  const { rawReader } = from;
  if (rawReader === undefined) {
    throw new ConnectorError('config', `${definition.from.name} cannot be copied from through a proxy`);
  }
  const noHeartbeats = await prepareHeartbeats({ definition, once }, { from, to });
  const heartbeats = noHeartbeats === null;
  const routes = new TopicRoutes({ definition, from, to, positions, emit, once, heartbeats });
  await routes.refresh();
  const marks = await QueueMarks.load(store, from.admin);
  const opened = { definition, from, to, store, positions, emit };
  const companions = await Companions.open(companionsOf(opened, meter, noHeartbeats), opened).catch(
    async (error: unknown) => {
      await marks.close();
      throw error;
    },
  );
  const warn = (message: string): void => {
    emit({ type: 'warning', message });
  };
  const queues = routes.current.flatMap((topic) => topic.queues.map(({ source }) => source));
  const places = new Places({
    definition,
    from,
    positions,
    queues,
    marks,
    companion: companions,
    warn,
  });
  const feed = new MirrorFeed({
    definition,
    from,
    positions,
    routes,
    marks,
    places,
    companions,
    open: (queue, offset, options) => rawReader(groupOf(definition), queue, offset, { ...options, gather }),
    sourcesEnded,
    warn,
  });
  try {
    await feed.settle();
  } catch (error) {
    await feed.close();
    throw error;
  }
  return feed;
}

const groupOf = ({ name }: MirrorDefinition): string => `connect-${name}`;

/** Brokers may have been told not to make groups by themselves; who may not make one may still read in its name. */
async function makeGroup({ admin }: Cluster, group: string): Promise<void> {
  try {
    await admin.createGroup(group);
  } catch (error) {
    if (!(error instanceof RocketmqError) || error.code !== 'denied') throw error;
  }
}
