/**
 * Ends several things, one after the other: each of them, whatever goes wrong with those before it. Then throws what
 * went wrong first.
 */
export async function allInTurn(...ends: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
