import { z } from 'zod';
import type { Wanted } from '../../store/index.js';
import type { ApiContext } from '../context.js';
import { ApiFailure } from '../failure.js';
import { route, type Answer, type Asked, type Route } from '../route.js';
import { findTask, tasksOf } from '../tasks.js';
import { Answers, enveloped } from './answers.js';
import type { FlatConfig } from './translate.js';

const flatSpec = z.record(z.string(), z.string()).describe('Text by the names of Apache RocketMQ Connect.');
const configQuery = z.looseObject({ config: z.string() });

type Named = Pick<Asked<unknown, unknown>, 'params'>;

/** What Apache RocketMQ Connect's worker answers, on its paths, in its envelope and names. */
export function rocketmqRoutes(context: ApiContext): readonly Route[] {
  const answers = new Answers(context);
  return [
    ...connectorRoutes(context, answers),
    ...changingRoutes(context, answers),
    ...workerRoutes(context, answers),
  ];
}

function connectorRoutes(context: ApiContext, answers: Answers): readonly Route[] {
  const { connectors } = context;
  return [
    route('GET', '/connectors/list', {
      summary: 'All connectors with status and info.',
      handle: () =>
        answers.byName(async (name) => ({
          status: answers.statusOf(name),
          info: await answers.infoOf(name),
        })),
    }),
    route('POST', '/connectors/{name}', {
      summary: 'Makes a connector, or changes it.',
      body: flatSpec,
      handle: ({ params: { name = '' }, body }) => answers.create(name, body),
    }),
    route('GET', '/connectors/{name}', {
      summary: 'The same, with the configuration in ?config=.',
      changes: true,
      query: configQuery,
      handle: ({ params: { name = '' }, query: { config } }) => answers.create(name, flat(config)),
    }),
    route('GET', '/connectors/{name}/config', {
      summary: 'What a connector was told.',
      handle: async ({ params: { name = '' } }) => enveloped(await answers.infoOf(name)),
    }),
    route('GET', '/connectors/{name}/status', {
      summary: 'How a connector is.',
      handle: ({ params: { name = '' } }) => enveloped(answers.statusOf(name)),
    }),
    route('GET', '/connectors/{name}/tasks', {
      summary: 'The tasks of a connector.',
      handle: ({ params: { name = '' } }) =>
        enveloped(
          tasksOf(connectors.status(name)).map(({ task, partitions }) => ({
            id: { connector: name, task },
            config: { partitions: partitions.join(';') },
          })),
        ),
    }),
    route('GET', '/connectors/{name}/tasks/{task}/status', {
      summary: 'How a task is.',
      handle: ({ params: { name = '', task = '' } }) => {
        return enveloped(answers.taskOf(findTask(context, name, task)));
      },
    }),
  ];
}

/** All changes are asked for with GET there. */
const acting = (path: string, summary: string, handle: (asked: Named) => Promise<Answer>): Route =>
  route('GET', path, { summary, changes: true, handle });

function changingRoutes({ connectors }: ApiContext, answers: Answers): readonly Route[] {
  const want = (name: string, wanted: Wanted): Promise<void> => connectors.want(name, wanted);
  return [
    acting('/connectors/{name}/stop', 'Removes a connector; its positions stay.', async ({ params }) => {
      const { name = '' } = params;
      await connectors.remove(name);
      return enveloped(`Connector [${name}] deleted successfully`);
    }),
    acting('/connectors/{name}/pause', 'Pauses a connector.', async ({ params: { name = '' } }) => {
      await want(name, 'paused');
      return enveloped(`Connector [${name}] paused successfully`);
    }),
    acting('/connectors/{name}/resume', 'Runs a paused connector.', async ({ params: { name = '' } }) => {
      await want(name, 'running');
      return enveloped(`Connector [${name}] resumed successfully`);
    }),
    acting('/connectors/stop/all', 'Removes all connectors.', () =>
      answers.each('deleted', (name) => connectors.remove(name)),
    ),
    acting('/connectors/pause/all', 'Pauses all connectors.', () =>
      answers.each('paused', (name) => want(name, 'paused')),
    ),
    acting('/connectors/resume/all', 'Runs all connectors.', () =>
      answers.each('resumed', (name) => want(name, 'running')),
    ),
  ];
}

function workerRoutes({ workerId }: ApiContext, answers: Answers): readonly Route[] {
  return [
    route('GET', '/getClusterInfo', { summary: 'The workers.', handle: () => enveloped([workerId]) }),
    route('GET', '/allocated/connectors', {
      summary: 'The connectors of this worker.',
      handle: () => answers.byName((name) => answers.configOf(name)),
    }),
    route('GET', '/allocated/tasks', {
      summary: 'The tasks of this worker by how they are.',
      handle: () => answers.tasksByState(),
    }),
    route('GET', '/plugin/list', { summary: 'The kinds of connectors.', handle: () => answers.plugins() }),
    route('GET', '/plugin/list/connectors', { summary: 'The same.', handle: () => answers.plugins() }),
    acting('/plugin/reload', 'Does nothing: what there is comes with rmq-connect.', () =>
      Promise.resolve(enveloped('Plugin reload success')),
    ),
  ];
}

function flat(text: string): FlatConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiFailure(400, 'broken_json', 'config is no JSON');
  }
  const parsed = flatSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiFailure(400, 'bad_query', 'config must be a mapping of text');
}
