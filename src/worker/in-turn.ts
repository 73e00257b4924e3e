/**
 * Takes steps, such as what is to be closed at an end, one after the other: each of them, whatever goes wrong with
 * those before it. Then throws what went wrong first.
 */
export async function allInTurn(...steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
