import { ownedFolder, removeFolder } from '../test/rig/owned.js';
import { figureText, type Figures } from './figures.js';
import { Places, type Kind } from './places/places.js';
import { resultOf, type ScenarioResult } from './results.js';
import type { NamedSide, Scenario, Side } from './scenario.js';

export interface RunnerOptions {
  readonly on: Kind;
  readonly rounds: number;
  readonly quick: boolean;
  /** Only these references; null: all. */
  readonly against: readonly string[] | null;
  readonly profiles: string | null;
  /** Tells how far it is. */
  readonly tell: (text: string) => void;
}

interface OpenSide extends Side {
  readonly name: string;
}

/**
 * Runs the measured side and its references in turn (A B C A B C …), so that what else the machine does
 * meets all of them. The first turn is not counted, but with `quick` there is none.
 */
export async function runScenario(scenario: Scenario, options: RunnerOptions): Promise<ScenarioResult> {
  const { on, quick, profiles, tell } = options;
  const rounds = Math.min(options.rounds, scenario.mostRounds ?? options.rounds);
  const folder = await ownedFolder('bench');
  const places = new Places(on, { warm: !quick });
  try {
    tell(`${scenario.name}: preparing`);
    const sides = await openSides(
      scenario,
      await scenario.prepare({ places, folder, quick, profiles }),
      options,
    );
    if (!quick && scenario.mostRounds !== 1) {
      for (const side of sides) await runOnce(scenario, side, 'warm-up', tell);
    }
    const runs = sides.map(({ name }) => ({ name, runs: [] as Figures[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const [n, side] of sides.entries()) {
        const figures = await runOnce(scenario, side, `${String(round)} of ${String(rounds)}`, tell);
        runs[n]?.runs.push(figures);
      }
    }
    return resultOf(scenario, runs);
  } finally {
    await places.close();
    await removeFolder(folder);
  }
}

async function openSides(
  { name }: Scenario,
  { measured, references }: { measured: NamedSide; references: readonly NamedSide[] },
  { against, tell }: RunnerOptions,
): Promise<OpenSide[]> {
  const wanted = references.filter((side) => against === null || against.includes(side.name));
  const sides: OpenSide[] = [];
  for (const side of [measured, ...wanted]) {
    tell(`${name}: starting what ${side.name} needs`);
    const opened = await side.open();
    sides.push({ name: side.name, run: () => opened.run() });
  }
  return sides;
}

async function runOnce(
  { name, compares }: Scenario,
  side: OpenSide,
  round: string,
  tell: (text: string) => void,
): Promise<Figures> {
  try {
    const figures = await side.run();
    tell(`${name} ${round} ${side.name}: ${figureText(compares, figures[compares])}`);
    return figures;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${side.name}: ${why}`, { cause });
  }
}
