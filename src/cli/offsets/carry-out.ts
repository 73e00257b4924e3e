import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LockedError, writeFileAtomic, type DataDir, type Lock } from '../../store/index.js';
import { CommandError } from '../exit-code.js';
import type { Obstacle } from './in-use.js';
import { offsetsFileOf } from './offsets-file.js';
import type { Plan, ToldPlan } from './plan.js';

/** What a person said beside what is to be done. */
export interface Consent {
  readonly yes?: true;
  readonly force?: true;
}

export interface Outcome {
  /** False where `--yes` was not given, or there was nothing to change. */
  readonly applied: boolean;
  /** The file that has all offsets of these connectors as they were; null where nothing was changed. */
  readonly backup: string | null;
  /** Why the change would be refused. */
  readonly obstacles: readonly string[];
  readonly connectors: readonly ToldPlan[];
  /** What was deleted in the systems of the connectors. */
  readonly removed: readonly string[];
}

/** Changes nothing without `yes`, and nothing that is in use, unless that yields to `force`. */
export async function carryOut(
  plans: readonly Plan[],
  { yes, force }: Consent,
  dataDir: DataDir,
): Promise<Outcome> {
  const connectors = plans.map(({ told }) => told);
  const changing = plans.filter(({ changes }) => changes > 0);
  if (changing.length === 0) return { ...untouched, obstacles: [], connectors };
  const obstacles = await obstaclesOf(changing);
  const reasons = obstacles.map(({ reason }) => reason);
  if (yes !== true) return { ...untouched, obstacles: reasons, connectors };
  refuse(obstacles, force === true);
  const lock = await lockUnlessOthersRun(dataDir);
  try {
    // A worker that has just started may have taken it.
    if (lock === null) refuse(await obstaclesOf(changing), force === true);
    const backup = await backUp(changing, dataDir);
    const removed: string[] = [];
    for (const plan of changing) removed.push(...(await applied(plan, backup)));
    return { applied: true, backup, obstacles: reasons, connectors, removed };
  } finally {
    await lock?.release();
  }
}

const untouched = { applied: false, backup: null, removed: [] } as const;
/** For a worker that keeps these connectors at rest meanwhile. Resolves with the backup; null: nothing changed. */
export async function carryOutAtRest(plan: Plan, dataDir: DataDir): Promise<string | null> {
  if (plan.changes === 0) return null;
  const backup = await backUp([plan], dataDir);
  await applied(plan, backup);
  return backup;
}

const obstaclesOf = async (plans: readonly Plan[]): Promise<readonly Obstacle[]> =>
  (await Promise.all(plans.map((plan) => plan.obstacles()))).flat();

function refuse(obstacles: readonly Obstacle[], force: boolean): void {
  const standing = obstacles.filter(({ yields }) => !yields || !force);
  const [first] = standing;
  if (first === undefined) return;
  throw new CommandError('failed', 'in_use', standing.map(({ reason }) => reason).join('\n'), {
    hint: first.hint,
    details: { obstacles: standing.map(({ connector, reason }) => ({ connector, reason })) },
  });
}

/** So that no worker starts meanwhile. One that runs already runs other connectors, or force was given. */
async function lockUnlessOthersRun(dataDir: DataDir): Promise<Lock | null> {
  try {
    return await dataDir.lock('rmq-connect offsets');
  } catch (error) {
    if (!(error instanceof LockedError) || error.owner === null) throw error;
    return null;
  }
}

async function backUp(plans: readonly Plan[], dataDir: DataDir): Promise<string> {
  const now = new Date();
  const path = join(dataDir.backupFolder, `offsets-${now.toISOString().replaceAll(':', '-')}.json`);
  await mkdir(dataDir.backupFolder, { recursive: true, mode: 0o700 });
  const content = offsetsFileOf(
    plans.map(({ before }) => before),
    now,
  );
  await writeFileAtomic(path, `${JSON.stringify(content, null, 2)}\n`, { durable: true });
  return path;
}

/** What failed in the middle can be gone back from. */
async function applied(plan: Plan, backup: string): Promise<readonly string[]> {
  try {
    return await plan.apply();
  } catch (error) {
    if (error instanceof Error) error.message += ` (before, all offsets were written to ${backup})`;
    throw error;
  }
}
