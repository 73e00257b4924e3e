import { readLetters, replayLetters, type LetterGroup } from './calls.js';

/** The dead letters, read when somebody comes to see them: that costs a look into their topics. */
export class LetterBox {
  readonly #changed: () => void;
  #groups: readonly LetterGroup[] | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Null: they are being read for the first time. */
  get groups(): readonly LetterGroup[] | null {
    return this.#groups;
  }

  async read(): Promise<void> {
    this.#groups = await readLetters();
    this.#changed();
  }

  /** Gives those of a group back. Says what came of it. */
  async replay(index: number): Promise<string> {
    const group = this.#groups?.[index];
    if (group === undefined) throw new Error('these letters are not there any more');
    const { connectors } = await replayLetters(group);
    await this.read();
    const replayed = connectors.reduce((sum, one) => sum + one.replayed, 0);
    const refused = connectors.flatMap((one) => one.refused);
    const [first] = refused;
    const given = `${String(replayed)} of ${group.connector} given back`;
    return first === undefined
      ? given
      : `${given}; ${String(refused.length)} cannot be sent: ${first.reason}`;
  }
}
