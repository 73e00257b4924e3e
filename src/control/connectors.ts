import { claimOf, conflictsWith, type Claim } from '../job/conflicts.js';
import type { ClusterDefinition, ConnectorDefinition } from '../job/definition.js';
import { masked, unmasked } from '../job/secrets.js';
import type { Cluster } from '../rocketmq/cluster.js';
import type { JsonObject } from '../sdk/index.js';
import type { ConnectorStatus, DataDir, Wanted } from '../store/index.js';
import type { RestartOptions } from '../worker/hosted.js';
import type { Worker } from '../worker/worker.js';
import {
  compileEntry,
  configOutline,
  doesNotHold,
  isObject,
  patched,
  type Compiled,
  type Surroundings,
} from './entries.js';
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
  readonly #known = new Map<string, Known & { readonly claim: Claim }>();
  /** One change is decided after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectorsOptions) {
    this.#options = options;
  }

  /** One that the worker was started with. */
  async knows(known: Known): Promise<void> {
    const claim = await claimOf(known.definition, known.cluster);
    this.#known.set(known.definition.name, { ...known, claim });
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

  async create(name: string, entry: JsonObject, wanted: Wanted = 'running'): Promise<void> {
    // One of the name that was removed a moment ago may still finish what it has in hand.
    await this.#options.worker.left(name);
    await this.#inTurn(async () => {
      if (this.#known.has(name)) {
        throw new ControlError('exists', `there is a connector ${name}`, {
          hint: 'choose another name, or change that one',
        });
      }
      const compiled = await compileEntry(name, entry, this.#options);
      const { dataDir, worker, file } = this.#options;
      const stored = await dataDir.connector(name).definition.read();
      if (stored !== null && stored.origin !== 'api') {
        throw new ControlError(
          'exists',
          `${dataDir.root} remembers a connector ${name} from ${stored.file}`,
          {
            hint: `choose another name, or drop the old one and its positions: rmq-connect connectors forget ${name}`,
          },
        );
      }
      const { definition, cluster, raw } = compiled;
      const known = { definition, cluster, raw, entry, origin: 'api', file } as const;
      const claim = await this.#claim(known);
      const home = await this.#options.open(definition, cluster);
      await dataDir.connector(name).create();
      await this.#keepWanted(name, wanted);
      await this.#remember(known);
      this.#known.set(name, { ...known, claim });
      await worker.add({ definition, cluster: home, wanted });
    });
  }

  /** Gives one that is there another entry; does nothing where it has it. */
  async change(name: string, given: JsonObject): Promise<void> {
    await this.#inTurn(async () => {
      const before = this.get(name);
      const outline = await configOutline(given, this.#options.plugins);
      await this.#replace(before, unmasked(given, before.entry, outline));
    });
  }

  /** Changes parts of its entry: a merge patch, in which null takes a key away. */
  async patch(name: string, patch: JsonObject): Promise<void> {
    await this.change(name, patched(await this.config(name), patch));
  }

  /** Its positions and offsets stay: one of the same name goes on from there. */
  async remove(name: string): Promise<void> {
    await this.#inTurn(async () => {
      this.get(name);
      this.#known.delete(name);
      await this.#options.dataDir.connector(name).removeDefinition();
      this.#later(this.#options.worker.remove(name), `${name} did not end well`);
    });
  }

  async want(name: string, wanted: Wanted): Promise<void> {
    this.get(name);
    await this.#keepWanted(name, wanted);
    this.#later(this.#options.worker.want(name, wanted), `${name} cannot be ${wanted}`);
  }

  restart(name: string, options: RestartOptions): void {
    this.get(name);
    this.#later(this.#options.worker.restart(name, options), `${name} cannot be started anew`);
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

  /** Of a job file that has changed: the file's word is that of its connectors. */
  async adopt(known: Known): Promise<void> {
    const { name } = known.definition;
    await this.#options.worker.left(name);
    await this.#inTurn(async () => {
      const before = this.#known.get(name);
      const claim = await this.#claim(known);
      const home = await this.#options.open(known.definition, known.cluster);
      await this.#options.dataDir.connector(name).create();
      await this.#remember(known);
      this.#known.set(name, { ...known, claim });
      const placement = { definition: known.definition, cluster: home };
      if (before === undefined) await this.#options.worker.add(placement);
      else this.#later(this.#options.worker.change(placement), `${name} did not change well`);
    });
  }

  async #replace(before: Known, entry: JsonObject): Promise<void> {
    const { name } = before.definition;
    if (JSON.stringify(entry) === JSON.stringify(before.entry)) return;
    const compiled = await this.#compile(before, entry);
    const { definition, cluster, raw } = compiled;
    const known: Known = { ...before, definition, cluster, raw, entry };
    const claim = await this.#claim(known);
    const home = await this.#options.open(definition, cluster);
    await this.#remember(known);
    this.#known.set(name, { ...known, claim });
    this.#later(this.#options.worker.change({ definition, cluster: home }), `${name} did not change well`);
  }

  /** Within what stood around it when it was made. */
  #compile({ definition, raw, file }: Known, entry: JsonObject): Promise<Compiled> {
    const job = isObject(raw.value) ? raw.value : {};
    return compileEntry(definition.name, entry, { ...this.#options, job, file });
  }

  /** Throws `ControlError` where it cannot run beside the others. */
  async #claim({ definition, cluster }: Known): Promise<Claim> {
    const claim = await claimOf(definition, cluster);
    const others = [...this.#known.values()]
      .map((known) => known.claim)
      .filter(({ connector }) => connector.name !== definition.name);
    const conflicts = conflictsWith(claim, others);
    if (conflicts.length === 0) return claim;
    throw doesNotHold(
      definition.name,
      conflicts.map(({ path, ...conflict }) => ({ severity: 'error', path: path.join('.'), ...conflict })),
    );
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

  async #keepWanted(connector: string, wanted: Wanted): Promise<void> {
    const { wanted: file } = this.#options.dataDir.connector(connector);
    await file.write({ version: 1, connector, wanted }, { durable: true });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #later(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => {
      this.#options.failed(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
