import { z } from 'zod';
import type { State, TaskStatus, Wanted } from '../../store/index.js';
import { allInTurn } from '../../worker/in-turn.js';
import type { ApiContext } from '../context.js';
import { ApiFailure } from '../failure.js';
import { json, route, type Answer, type Asked, type Route } from '../route.js';
import { findTask, tasksOf } from '../tasks.js';
import { entryOf, flatOf, type FlatConfig } from './translate.js';

/** The envelope of what went well. */
const enveloped = (body: unknown): Answer => json({ status: 200, body });

/** That of what did not; the status of the answer says so too. It has one text only: all problems are in it. */
export const failed = ({ status, message, details, headers }: ApiFailure): Answer => {
  const { problems = [] } = severalSpec.safeParse(details).data ?? {};
  const told = problems.length < 2 ? message : problems.map((problem) => problem.message).join('; ');
  return { status, json: { errorCode: status, message: told }, headers };
};

const severalSpec = z.object({ problems: z.array(z.object({ message: z.string() })) });

const flatSpec = z.record(z.string(), z.string()).describe('Text by the names of Apache RocketMQ Connect.');
const configQuery = z.looseObject({ config: z.string() });

const stateName = (state: State): string =>
  state === 'starting' || state === 'standby' ? 'UNASSIGNED' : state.toUpperCase();

type Named = Pick<Asked<unknown, unknown>, 'params'>;

/** What Apache RocketMQ Connect's worker answers, on its paths, in its envelope and names. */
export function rocketmqRoutes(context: ApiContext): readonly Route[] {
  const { connectors, around, workerId } = context;
  const { plugins } = around;

  const create = async (name: string, config: FlatConfig): Promise<Answer> => {
    const entry = await entryOf(config, plugins);
    if (!connectors.has(name)) await connectors.create(name, entry);
    else {
      if (JSON.stringify(connectors.get(name).entry) === JSON.stringify(entry)) {
        throw new ApiFailure(409, 'exists', `Connector with same config already exist: ${name}`);
      }
      await connectors.change(name, entry);
    }
    return enveloped(flatOf(await connectors.config(name)));
  };
  /** Throws what went wrong first, when all were tried. */
  const each = async (what: string, act: (name: string) => Promise<void>): Promise<Answer> => {
    await allInTurn(...connectors.names.map((name) => () => act(name)));
    return enveloped(`${what} all connectors`);
  };
  const want = (name: string, wanted: Wanted): Promise<void> => connectors.want(name, wanted);
  const infoOf = async (name: string): Promise<object> => ({
    name,
    config: flatOf(await connectors.config(name)),
    tasks: tasksOf(connectors.status(name)).map(({ task }) => ({ connector: name, task })),
    type: connectors.get(name).definition.kind.toUpperCase(),
  });
  const taskOf = ({ task, state, error }: TaskStatus): object => ({
    id: task,
    state: stateName(state),
    trace: error === null ? null : `${error.code}: ${error.message}`,
    workerId,
  });
  const statusOf = (name: string): object => {
    const status = connectors.status(name);
    return {
      name,
      connector: { state: stateName(status.state), trace: null, workerId },
      tasks: tasksOf(status).map(taskOf),
      type: status.kind.toUpperCase(),
    };
  };
  /** All changes are asked for with GET there. */
  const acting = (path: string, summary: string, handle: (asked: Named) => Promise<Answer>): Route =>
    route('GET', path, { summary, changes: true, handle });
  const listPlugins = async (): Promise<Answer> => {
    const all = await Promise.all(Object.values(plugins).map((load) => load()));
    return enveloped(
      all.flatMap(({ name, source, sink }) =>
        [source, sink].flatMap((side) =>
          side === undefined
            ? []
            : [
                {
                  className: flatOf({ [side.kind]: name })['connector.class'],
                  type: side.kind.toUpperCase(),
                  version: context.version,
                },
              ],
        ),
      ),
    );
  };

  return [
    route('GET', '/getClusterInfo', { summary: 'The workers.', handle: () => enveloped([workerId]) }),
    route('GET', '/connectors/list', {
      summary: 'All connectors with status and info.',
      handle: async () => {
        const all = connectors.names.map(
          async (name) => [name, { status: statusOf(name), info: await infoOf(name) }] as const,
        );
        return enveloped(Object.fromEntries(await Promise.all(all)));
      },
    }),
    route('POST', '/connectors/{name}', {
      summary: 'Makes a connector, or changes it.',
      body: flatSpec,
      handle: ({ params: { name = '' }, body }) => create(name, body),
    }),
    route('GET', '/connectors/{name}', {
      summary: 'The same, with the configuration in ?config=.',
      changes: true,
      query: configQuery,
      handle: ({ params: { name = '' }, query: { config } }) => create(name, flat(config)),
    }),
    route('GET', '/connectors/{name}/config', {
      summary: 'What a connector was told.',
      handle: async ({ params: { name = '' } }) => enveloped(await infoOf(name)),
    }),
    route('GET', '/connectors/{name}/status', {
      summary: 'How a connector is.',
      handle: ({ params: { name = '' } }) => enveloped(statusOf(name)),
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
        return enveloped(taskOf(findTask(context, name, task)));
      },
    }),
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
      each('deleted', (name) => connectors.remove(name)),
    ),
    acting('/connectors/pause/all', 'Pauses all connectors.', () =>
      each('paused', (name) => want(name, 'paused')),
    ),
    acting('/connectors/resume/all', 'Runs all connectors.', () =>
      each('resumed', (name) => want(name, 'running')),
    ),
    route('GET', '/allocated/connectors', {
      summary: 'The connectors of this worker.',
      handle: async () => {
        const all = connectors.names.map(
          async (name) => [name, flatOf(await connectors.config(name))] as const,
        );
        return enveloped(Object.fromEntries(await Promise.all(all)));
      },
    }),
    route('GET', '/allocated/tasks', {
      summary: 'The tasks of this worker by how they are.',
      handle: () => {
        const tasks = context.status().flatMap((status) => status.tasks);
        const those = (...states: readonly State[]): readonly object[] =>
          tasks
            .filter(({ state }) => states.includes(state))
            .map((task) => ({ connectorName: task.connector, ...taskOf(task) }));
        return enveloped({
          pendingTasks: those('starting', 'standby', 'restarting'),
          runningTasks: those('running'),
          stoppingTasks: [],
          stoppedTasks: those('paused', 'stopped', 'finished'),
          errorTasks: those('failed'),
        });
      },
    }),
    route('GET', '/plugin/list', { summary: 'The kinds of connectors.', handle: listPlugins }),
    route('GET', '/plugin/list/connectors', { summary: 'The same.', handle: listPlugins }),
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
