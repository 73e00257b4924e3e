import { z } from 'zod';
import type { State, TaskStatus } from '../../store/index.js';
import { allInTurn } from '../../worker/in-turn.js';
import type { ApiContext } from '../context.js';
import { ApiFailure } from '../failure.js';
import { json, type Answer } from '../route.js';
import { tasksOf } from '../tasks.js';
import { entryOf, flatOf, type FlatConfig } from './translate.js';

/** The envelope of what went well. */
export const enveloped = (body: unknown): Answer => json({ status: 200, body });

/** That of what did not; the status of the answer says so too. It has one text only: all problems are in it. */
export const failed = ({ status, message, details, headers }: ApiFailure): Answer => {
  const { problems = [] } = severalSpec.safeParse(details).data ?? {};
  const told = problems.length < 2 ? message : problems.map((problem) => problem.message).join('; ');
  return { status, json: { errorCode: status, message: told }, headers };
};

const severalSpec = z.object({ problems: z.array(z.object({ message: z.string() })) });

const stateName = (state: State): string =>
  state === 'starting' || state === 'standby' ? 'UNASSIGNED' : state.toUpperCase();

/** What is told of connectors and tasks, in the names of Apache RocketMQ Connect. */
export class Answers {
  readonly #context: ApiContext;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  async create(name: string, config: FlatConfig): Promise<Answer> {
    const { connectors, around } = this.#context;
    const entry = await entryOf(config, around.plugins);
    if (!connectors.has(name)) await connectors.create(name, entry);
    else {
      if (JSON.stringify(connectors.get(name).entry) === JSON.stringify(entry)) {
        throw new ApiFailure(409, 'exists', `Connector with same config already exist: ${name}`);
      }
      await connectors.change(name, entry);
    }
    return enveloped(await this.configOf(name));
  }

  /** Throws what went wrong first, when all were tried. */
  async each(what: string, act: (name: string) => Promise<void>): Promise<Answer> {
    await allInTurn(...this.#context.connectors.names.map((name) => () => act(name)));
    return enveloped(`${what} all connectors`);
  }

  async configOf(name: string): Promise<FlatConfig> {
    return flatOf(await this.#context.connectors.config(name));
  }

  async infoOf(name: string): Promise<object> {
    const { connectors } = this.#context;
    return {
      name,
      config: await this.configOf(name),
      tasks: tasksOf(connectors.status(name)).map(({ task }) => ({ connector: name, task })),
      type: connectors.get(name).definition.kind.toUpperCase(),
    };
  }

  statusOf(name: string): object {
    const { connectors, workerId } = this.#context;
    const status = connectors.status(name);
    return {
      name,
      connector: { state: stateName(status.state), trace: null, workerId },
      tasks: tasksOf(status).map((task) => this.taskOf(task)),
      type: status.kind.toUpperCase(),
    };
  }

  taskOf({ task, state, error }: TaskStatus): object {
    const trace = error === null ? null : `${error.code}: ${error.message}`;
    return { id: task, state: stateName(state), trace, workerId: this.#context.workerId };
  }

  /** Something of each connector, by its name. */
  async byName(of: (name: string) => Promise<object>): Promise<Answer> {
    const { names } = this.#context.connectors;
    const all = await Promise.all(names.map(async (name) => [name, await of(name)] as const));
    return enveloped(Object.fromEntries(all));
  }

  tasksByState(): Answer {
    const tasks = this.#context.status().flatMap((status) => status.tasks);
    const those = (...states: readonly State[]): readonly object[] =>
      tasks
        .filter(({ state }) => states.includes(state))
        .map((task) => ({ connectorName: task.connector, ...this.taskOf(task) }));
    return enveloped({
      pendingTasks: those('starting', 'standby', 'restarting'),
      runningTasks: those('running'),
      stoppingTasks: [],
      stoppedTasks: those('paused', 'stopped', 'finished'),
      errorTasks: those('failed'),
    });
  }

  async plugins(): Promise<Answer> {
    const { around, version } = this.#context;
    const all = await Promise.all(Object.values(around.plugins).map((load) => load()));
    const classes = all.flatMap(({ name, source, sink }) =>
      [source, sink].flatMap((side) => (side === undefined ? [] : [{ name, kind: side.kind }])),
    );
    return enveloped(
      classes.map(({ name, kind }) => ({
        className: flatOf({ [kind]: name })['connector.class'],
        type: kind.toUpperCase(),
        version,
      })),
    );
  }
}
