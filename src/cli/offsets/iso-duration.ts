const pattern =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const unitsMs = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** `P1D`, `PT1H`, `PT2H30M`, `P1W` in milliseconds; null for anything else. Years and months have no fixed length. */
export function parseIsoDuration(text: string): number | null {
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const parts = match.slice(1) as (string | undefined)[];
  if (parts.every((part) => part === undefined) || text.trim().endsWith('T')) return null;
  return Math.round(parts.reduce((sum, part, index) => sum + Number(part ?? 0) * (unitsMs[index] ?? 0), 0));
}
