import type {
  ConnectorContext,
  OffsetsContext,
  SinkConnector,
  SinkContext,
  SinkOffsets,
} from '../../../src/sdk/index.js';
import { Fence } from './fence.js';
import type { Session } from './session.js';
import type { SqlSinkConfig } from './spec.js';
import { SqlTask } from './task.js';

export type Connect = (config: SqlSinkConfig, context: Pick<ConnectorContext, 'baseDir'>) => Promise<Session>;

/** Opens a sink of a database whose driver `connect` knows. */
export async function startSqlSink(
  connect: Connect,
  config: SqlSinkConfig,
  context: SinkContext,
): Promise<SinkConnector> {
  const shared = new Shared(() => connect(config, context));
  const isExact = context.delivery === 'exactly_once';
  const fence = new Fence(context.group);
  try {
    await shared.use('prepare the offsets', async (session) => {
      if (!isExact) {
        // What is written now is behind the offsets of an earlier run: they must not be gone by again.
        await session.offsets.forget(context.group, null);
        return;
      }
      await session.offsets.make();
      await fence.read(session);
    });
  } catch (error) {
    await shared.close();
    throw error;
  }
  const tasks: SqlTask[] = [];
  const open = (): Promise<SqlTask> => {
    const task = new SqlTask({
      config,
      connect: () => connect(config, context),
      fence: isExact ? fence : null,
    });
    tasks.push(task);
    return Promise.resolve(task);
  };
  const close = async (): Promise<void> => {
    // One that was left in the middle keeps a connection, and so the process.
    for (const task of tasks.splice(0)) await task.close();
    await shared.close();
  };
  if (!isExact) return { open, close };
  return {
    open,
    offsets: {
      read: () => shared.use('read the offsets', (session) => fence.read(session)),
      set: (offsets) => shared.use('set the offsets', (session) => fence.set(session, offsets)),
      forget: (queues) => shared.use('forget offsets', (session) => fence.forget(session, queues)),
    },
    close,
  };
}

/** The offsets of a sink that does not run. */
export function storedOffsets(connect: Connect, config: SqlSinkConfig, context: OffsetsContext): SinkOffsets {
  const shared = new Shared(() => connect(config, context));
  const { group } = context;
  return {
    read: () => shared.use('read the offsets', (session) => session.offsets.read(group)),
    set: (offsets) =>
      shared.use('set the offsets', async (session) => {
        await session.offsets.make();
        await session.offsets.set(group, offsets);
      }),
    forget: (queues) => shared.use('forget offsets', (session) => session.offsets.forget(group, queues)),
    close: () => shared.close(),
  };
}

/** One connection for what is asked now and then, made when it is needed, and anew when it broke. */
class Shared {
  readonly #connect: () => Promise<Session>;
  #session: Session | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connect: () => Promise<Session>) {
    this.#connect = connect;
  }

  use<T>(action: string, work: (session: Session) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      if (this.#session?.isBroken === true) {
        this.#session.drop();
        this.#session = null;
      }
      const session = (this.#session ??= await this.#connect());
      try {
        return await work(session);
      } catch (error) {
        throw session.error(`cannot ${action}`, error);
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#last;
    await this.#session?.close();
    this.#session = null;
  }
}
