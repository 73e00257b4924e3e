import { topicsOf } from '../../job/topics-of.js';
import type { Wanted } from '../../store/index.js';
import type { ApiContext } from '../context.js';
import { json, route, type Answer, type Route } from '../route.js';
import { findTask, taskNumber, tasksOf } from '../tasks.js';
import { infoOf, noticed, statusOf, taskOf } from './shapes.js';
import { creationSpec, entrySpec, expandSpec, noQuery, restartSpec } from './specs.js';

const wantedBy = { RUNNING: 'running', PAUSED: 'paused', STOPPED: 'stopped' } as const;

/** The life of connectors and tasks. */
export function connectorRoutes(context: ApiContext): readonly Route[] {
  return [...entryRoutes(context), ...lifeRoutes(context), ...taskRoutes(context)];
}

/** What connectors there are, and what they are told. */
function entryRoutes(context: ApiContext): readonly Route[] {
  const { connectors } = context;
  return [
    route('GET', '/connectors', {
      summary: 'The names of all connectors, or with expand their status and info.',
      query: expandSpec,
      handle: async ({ query: { expand } }) => {
        const { names } = connectors;
        if (expand === undefined) return json(names);
        const parts = new Set(typeof expand === 'string' ? [expand] : expand);
        const all = await Promise.all(
          names.map(async (name) => {
            const status = parts.has('status') ? { status: statusOf(context, name) } : {};
            const info = parts.has('info') ? { info: await infoOf(context, name) } : {};
            return [name, { ...status, ...info }] as const;
          }),
        );
        return json(Object.fromEntries(all));
      },
    }),
    route('POST', '/connectors', {
      summary: 'Makes a connector; 409 where there is one of the name, 400 with all that is wrong.',
      query: noQuery,
      body: creationSpec,
      status: 201,
      handle: async ({ body: { name, config, initial_state: state } }) => {
        await connectors.create(name, config, wantedBy[state]);
        return json(await infoOf(context, name), 201, { location: `/connectors/${name}` });
      },
    }),
    route('GET', '/connectors/{name}', {
      summary: 'A connector: its entry without secrets, and its tasks.',
      handle: async ({ params: { name = '' } }) => json(await infoOf(context, name)),
    }),
    route('DELETE', '/connectors/{name}', {
      summary: 'Removes a connector. Its positions and offsets stay: one of the same name goes on there.',
      status: 204,
      handle: async ({ params: { name = '' } }) => {
        const headers = noticed(context, name);
        await connectors.remove(name);
        return { status: 204, headers };
      },
    }),
    route('GET', '/connectors/{name}/config', {
      summary: "A connector's entry, without secrets.",
      handle: async ({ params: { name = '' } }) => json(await connectors.config(name)),
    }),
    route('PUT', '/connectors/{name}/config', {
      summary: 'Gives a connector another entry, or makes it (201). A secret that is *** stays what it was.',
      body: entrySpec,
      handle: async ({ params: { name = '' }, body }) => {
        const isNew = !connectors.has(name);
        if (isNew) await connectors.create(name, body);
        else await connectors.change(name, body);
        return json(await infoOf(context, name), isNew ? 201 : 200, noticed(context, name));
      },
    }),
    route('PATCH', '/connectors/{name}/config', {
      summary: "Changes parts of a connector's entry (a merge patch: null takes a key away).",
      body: entrySpec,
      handle: async ({ params: { name = '' }, body }) => {
        await connectors.patch(name, body);
        return json(await infoOf(context, name), 200, noticed(context, name));
      },
    }),
    route('GET', '/connectors/{name}/topics', {
      summary: 'The topics of RocketMQ that a connector writes to or reads from, as its entry says.',
      handle: ({ params: { name = '' } }) => {
        return json({ [name]: { topics: topicsOf(connectors.get(name).definition) } });
      },
    }),
  ];
}

/** How they are, and what is wanted of them. */
function lifeRoutes(context: ApiContext): readonly Route[] {
  const { connectors } = context;
  const want =
    (wanted: Wanted) =>
    async ({ params: { name = '' } }: { params: Readonly<Record<string, string>> }): Promise<Answer> => {
      await connectors.want(name, wanted);
      return json(statusOf(context, name), 202, noticed(context, name));
    };
  return [
    route('GET', '/connectors/{name}/status', {
      summary: 'The state of a connector and its tasks, with why they failed.',
      handle: ({ params: { name = '' } }) => json(statusOf(context, name)),
    }),
    route('PUT', '/connectors/{name}/pause', {
      summary: 'What is in flight is finished and committed; a sink leaves its group.',
      status: 202,
      handle: want('paused'),
    }),
    route('PUT', '/connectors/{name}/resume', {
      summary: 'Runs a connector that is paused or stopped.',
      status: 202,
      handle: want('running'),
    }),
    route('PUT', '/connectors/{name}/stop', {
      summary: 'Like pause; and its offsets may be moved then.',
      status: 202,
      handle: want('stopped'),
    }),
    route('POST', '/connectors/{name}/restart', {
      summary: 'Starts a connector anew, or with onlyFailed what of it has failed.',
      query: restartSpec,
      status: 202,
      handle: ({ params: { name = '' }, query: { includeTasks, onlyFailed } }) => {
        connectors.restart(name, { onlyFailed });
        return includeTasks || onlyFailed ? json(statusOf(context, name), 202) : { status: 204 };
      },
    }),
  ];
}

function taskRoutes(context: ApiContext): readonly Route[] {
  const { connectors, workerId } = context;
  return [
    route('GET', '/connectors/{name}/tasks', {
      summary: 'The tasks of a connector, and what falls to each.',
      handle: ({ params: { name = '' } }) =>
        json(
          tasksOf(connectors.status(name)).map(({ task, partitions }) => ({
            id: { connector: name, task },
            config: { partitions },
          })),
        ),
    }),
    route('GET', '/connectors/{name}/tasks/{task}/status', {
      summary: 'The state of one task.',
      handle: ({ params: { name = '', task = '' } }) => {
        return json(taskOf(findTask(context, name, task), workerId));
      },
    }),
    route('POST', '/connectors/{name}/tasks/{task}/restart', {
      summary: 'Starts one task anew.',
      status: 204,
      handle: ({ params: { name = '', task = '' } }) => {
        connectors.restartTask(name, taskNumber(task));
        return { status: 204 };
      },
    }),
  ];
}
