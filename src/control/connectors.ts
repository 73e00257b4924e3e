import { claimOf } from '../job/conflicts.js';
import type { ClusterDefinition, ConnectorDefinition } from '../job/definition.js';
import { masked, unmasked } from '../job/secrets.js';
import type { Cluster } from '../rocketmq/cluster.js';
import { errorText, isObject, type JsonObject } from '../sdk/index.js';
import type { ConnectorStatus, DataDir, Wanted } from '../store/index.js';
import type { RestartOptions } from '../worker/hosted.js';
import type { Worker } from '../worker/worker.js';
import { Claims } from './claims.js';
import { compileEntry, configOutline, patched, type CompiledEntry, type Surroundings } from './entries.js';
import { ControlError } from './failure.js';

/** A connector that a worker has. */
export interface Known {
  readonly definition: ConnectorDefinition;
  /** Where its RocketMQ is. */
  readonly cluster: ClusterDefinition;
  /** Its entry as written, nothing filled in. */
  readonly entry: JsonObject;
  /** What is remembered of it. */
  readonly raw: JsonObject;
  readonly origin: 'file' | 'api';
  /** The job file it is in, where it is in one. */
  readonly file: string;
  /** Why it cannot run as it is; see `Placement`. Its definition may be a stand-in then. */
  readonly unfit?: Error;
}

export interface ConnectorsOptions extends Surroundings {
  readonly worker: Worker;
  readonly dataDir: DataDir;
  /** What is kept with the definitions for those who read them later. */
  readonly withEnvFiles: (raw: JsonObject) => JsonObject;
  /** Opens what a connector needs, and gives the cluster it is at home in. */
  readonly open: (definition: ConnectorDefinition, cluster: ClusterDefinition) => Promise<Cluster>;
  /** Something that goes on by itself has failed. */
  readonly failed: (message: string) => void;
}

/**
 * The connectors of a worker that runs, and what is done to them. What is changed is on disk before it takes
 * effect, and is there at the next start. All that takes time goes on by itself: `status` says how far it is.
 */
export class Connectors {
  readonly #options: ConnectorsOptions;
  readonly #known = new Map<string, Known>();
  readonly #claims = new Claims();
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: ConnectorsOptions) {
    this.#options = options;
  }

  /** One that the worker was started with. */
  async knows(known: Known): Promise<void> {
    // What keeps it from running may be that another one has what it claims.
    if (known.unfit === undefined) this.#claims.keep(await claimOf(known.definition, known.cluster));
    this.#known.set(known.definition.name, known);
  }

  get all(): readonly Known[] {
    return [...this.#known.values()];
  }

  get names(): readonly string[] {
    return [...this.#known.keys()].sort();
  }

  /** Throws `ControlError` where there is none. */
  get(name: string): Known {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    throw new ControlError('unknown_connector', `there is no connector ${name}`);
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  status(name: string): ConnectorStatus {
    this.get(name);
    const hosted = this.#options.worker.find(name);
    if (hosted === null) throw new ControlError('unknown_connector', `there is no connector ${name}`);
    return hosted.monitor.status();
  }

  /** Its entry without secrets. */
  async config(name: string): Promise<JsonObject> {
    const { entry } = this.get(name);
    return masked(entry, await configOutline(entry, this.#options.plugins));
  }

  /** Why a change to it does not last; null where it does. */
  notice(name: string): string | null {
    const known = this.#known.get(name);
    return known?.origin === 'file'
      ? `${name} is of ${known.file}: at the next start the file's definition holds again`
      : null;
  }

  create(name: string, entry: JsonObject, wanted: Wanted = 'running'): Promise<void> {
    return this.#inTurnOf(name, async () => {
      // One of the name that was removed a moment ago may still finish what it has in hand.
      await this.#options.worker.left(name);
      if (this.#known.has(name)) {
        throw new ControlError('exists', `there is a connector ${name}`, {
          hint: 'choose another name, or change that one',
        });
      }
      const { definition, cluster, raw } = await compileEntry(name, entry, this.#options);
      const { dataDir, worker, file, open } = this.#options;
      const store = dataDir.connector(name);
      const stored = await store.definition.read();
      if (stored !== null && stored.origin !== 'api') {
        throw new ControlError(
          'exists',
          `${dataDir.root} remembers a connector ${name} from ${stored.file}`,
          {
            hint: `choose another name; or end this worker, and drop the old one and its positions: rmq-connect connectors forget ${name} --yes`,
          },
        );
      }
      const known = { definition, cluster, raw, entry, origin: 'api', file } as const;
      const claim = await this.#claims.take(definition, cluster);
      try {
        const home = await open(definition, cluster);
        await store.create();
        if (wanted === 'running') await store.removeWanted();
        else await store.keepWanted(wanted);
        await this.#remember(known);
        await worker.add({ definition, cluster: home, wanted });
        this.#known.set(name, known);
        this.#claims.keep(claim);
      } finally {
        this.#claims.drop(claim);
      }
    });
  }

  /** Gives one that is there another entry; does nothing where it has it. */
  change(name: string, given: JsonObject): Promise<void> {
    return this.#inTurnOf(name, () => this.#give(name, given));
  }

  /** Changes parts of its entry: a merge patch, in which null takes a key away. */
  patch(name: string, patch: JsonObject): Promise<void> {
    // What is patched is what the change before it has left.
    return this.#inTurnOf(name, async () => this.#give(name, patched(await this.config(name), patch)));
  }

  /** Its positions and offsets stay: one of the same name goes on from there. */
  async remove(name: string): Promise<void> {
    await this.#inTurnOf(name, async () => {
      this.get(name);
      await this.#options.dataDir.connector(name).removeDefinition();
      this.#end(name);
    });
  }

  async want(name: string, wanted: Wanted): Promise<void> {
    await this.#inTurnOf(name, async () => {
      this.get(name);
      await this.#options.dataDir.connector(name).keepWanted(wanted);
      this.#later(this.#options.worker.want(name, wanted), `${name} cannot be ${wanted}`);
    });
  }

  restart(name: string, options: RestartOptions): void {
    const known = this.get(name);
    // What it lacked may be there by now.
    const anew = (): Promise<void> => this.#give(name, known.entry);
    if (known.unfit !== undefined) this.#later(this.#inTurnOf(name, anew), `${name} cannot be started`);
    else this.#later(this.#options.worker.restart(name, options), `${name} cannot be started anew`);
  }

  restartTask(name: string, task: number): void {
    if (this.status(name).tasks.every((one) => one.task !== task)) {
      throw new ControlError('unknown_task', `${name} has no task ${String(task)}`);
    }
    this.#later(this.#options.worker.restartTask(name, task), `${name} cannot be started anew`);
  }

  /** Does something while it is stopped, and stays so. */
  async whileStopped<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.get(name);
    const hosted = this.#options.worker.find(name);
    if (hosted?.wanted !== 'stopped') {
      throw new ControlError('not_stopped', `${name} is not stopped`, { hint: 'stop it first' });
    }
    return hosted.atRest(work);
  }

  /**
   * Of job files that have changed: ends those whose group, or whose file, another one is to have now. They come
   * back when they are adopted themselves.
   */
  async makeWay(coming: readonly Known[]): Promise<void> {
    const claims = await Promise.all(coming.map(({ definition, cluster }) => claimOf(definition, cluster)));
    for (const { definition } of coming) {
      const { name } = definition;
      await this.#inTurnOf(name, () => {
        if (this.#known.get(name)?.origin === 'file' && this.#claims.stands(name, claims)) this.#end(name);
        return Promise.resolve();
      });
    }
  }

  /** Of a job file that has changed: the file's word is that of its connectors. */
  async adopt(known: Known): Promise<void> {
    const { definition, cluster } = known;
    const { name } = definition;
    await this.#inTurnOf(name, async () => {
      const { worker, dataDir, open } = this.#options;
      await worker.left(name);
      const before = this.#known.get(name);
      if (before?.origin === 'api') {
        throw new ControlError('exists', `${name} was made through the API: delete it there, or rename it`);
      }
      const claim = await this.#claims.take(definition, cluster);
      try {
        const home = await open(definition, cluster);
        const store = dataDir.connector(name);
        await store.create();
        await this.#remember(known);
        if (before === undefined) {
          await worker.add({ definition, cluster: home, wanted: await store.lastWanted() });
        } else this.#alter(definition, home);
        this.#known.set(name, known);
        this.#claims.keep(claim);
      } finally {
        this.#claims.drop(claim);
      }
    });
  }

  async #give(name: string, given: JsonObject): Promise<void> {
    const before = this.get(name);
    const outline = await configOutline(given, this.#options.plugins);
    const entry = unmasked(given, before.entry, outline);
    if (before.unfit === undefined && JSON.stringify(entry) === JSON.stringify(before.entry)) return;
    const { definition, cluster, raw } = await this.#compile(before, entry);
    const { origin, file } = before;
    const known: Known = { definition, cluster, raw, entry, origin, file };
    const claim = await this.#claims.take(definition, cluster);
    try {
      const home = await this.#options.open(definition, cluster);
      await this.#remember(known);
      this.#alter(definition, home);
      this.#known.set(name, known);
      this.#claims.keep(claim);
    } finally {
      this.#claims.drop(claim);
    }
  }

  /** What it had is its until the run of the former definition has ended. */
  #alter(definition: ConnectorDefinition, cluster: Cluster): void {
    const { name } = definition;
    const changed = this.#options.worker.change({ definition, cluster });
    this.#claims.leave(name, changed);
    this.#later(changed, `${name} did not change well`);
  }

  #end(name: string): void {
    this.#known.delete(name);
    const ended = this.#options.worker.remove(name);
    this.#claims.leave(name, ended);
    this.#later(ended, `${name} did not end well`);
  }

  /** Within what stood around it when it was made. */
  #compile({ definition, raw, file }: Known, entry: JsonObject): Promise<CompiledEntry> {
    const job = isObject(raw.value) ? raw.value : {};
    return compileEntry(definition.name, entry, { ...this.#options, job, file });
  }

  async #remember({ definition, raw, origin, file }: Known): Promise<void> {
    const { dataDir, withEnvFiles } = this.#options;
    const { name: connector, kind, job } = definition;
    await dataDir.connector(connector).definition.write(
      {
        version: 1,
        connector,
        kind,
        job,
        file,
        raw: withEnvFiles(raw),
        remembered_at: new Date().toISOString(),
        origin,
      },
      { durable: true },
    );
  }

  /** What is done to one connector is done one after the other. */
  #inTurnOf(name: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    const turn = done
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(name) === turn) this.#turns.delete(name);
      });
    this.#turns.set(name, turn);
    return done;
  }

  #later(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => {
      this.#options.failed(`${what}: ${errorText(error)}`);
    });
  }
}
