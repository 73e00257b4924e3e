import { claimOf, conflictsWith, type Claim } from '../job/conflicts.js';
import type { ClusterDefinition, ConnectorDefinition } from '../job/definition.js';
import { doesNotHold } from './entries.js';

/**
 * What the connectors of a worker have for themselves. A claim is held until the run that has it has ended: two
 * sinks of one worker are one member of their group, and the broker would lock its queues for both.
 */
export class Claims {
  /** By the connector's name. */
  readonly #held = new Map<string, Claim>();
  /** Of those that are just being made or changed. */
  readonly #asked = new Set<Claim>();
  /** Of runs that are ending; the promises never reject. */
  readonly #leaving = new Map<Claim, Promise<void>>();

  /**
   * Takes what a connector is to have; `keep` or `drop` has to follow. Throws `ControlError` where it cannot run
   * beside the others, and waits for those of them that are ending.
   */
  async take(definition: ConnectorDefinition, cluster: ClusterDefinition): Promise<Claim> {
    const claim = await claimOf(definition, cluster);
    const { name } = definition;
    const conflicts = conflictsWith(claim, ofOthers([...this.#held.values(), ...this.#asked], name));
    if (conflicts.length > 0) {
      throw doesNotHold(
        name,
        conflicts.map(({ path, ...conflict }) => ({ severity: 'error', path: path.join('.'), ...conflict })),
      );
    }
    // From here on nobody else gets it, so nobody who has it can begin to leave.
    this.#asked.add(claim);
    const ending = [...this.#leaving].filter(
      ([leaving]) => conflictsWith(claim, ofOthers([leaving], name)).length > 0,
    );
    await Promise.all(ending.map(([, ended]) => ended));
    return claim;
  }

  /** Its connector has it now. */
  keep(claim: Claim): void {
    this.#asked.delete(claim);
    this.#held.set(claim.connector.name, claim);
  }

  /** Does nothing where it is kept. */
  drop(claim: Claim): void {
    this.#asked.delete(claim);
  }

  /** What the connector has is not its any more once `ended` has settled. */
  leave(name: string, ended: Promise<unknown>): void {
    const claim = this.#held.get(name);
    if (claim === undefined) return;
    this.#held.delete(name);
    const left = ended.then(
      () => undefined,
      () => undefined,
    );
    this.#leaving.set(
      claim,
      left.then(() => {
        this.#leaving.delete(claim);
      }),
    );
  }

  /** Whether the connector has what one of another name is to have. */
  stands(name: string, coming: readonly Claim[]): boolean {
    const claim = this.#held.get(name);
    return claim !== undefined && conflictsWith(claim, ofOthers(coming, name)).length > 0;
  }
}

/** A connector is never in its own way: its runs come one after the other. */
const ofOthers = (claims: readonly Claim[], name: string): readonly Claim[] =>
  claims.filter(({ connector }) => connector.name !== name);
