import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5m`, `2h`, `1d` in milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const [, amount, unit] = match ?? [];
  if (amount === undefined || unit === undefined) return null;
  const factor = units[unit];
  return factor === undefined ? null : Math.round(Number(amount) * factor);
}

/** A duration given as an option, in ms. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('A duration is a number with a unit: 500ms, 30s, 5m.');
  return ms;
}

/** A whole number given as an option. */
export function wholeNumberOption(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

/** For an option that may be repeated. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A TCP port given as an option. */
export function portOption(text: string): number {
  const port = wholeNumberOption(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** A time given as an option, in milliseconds since 1970. */
export function timeOption(text: string): number {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('It is a time such as 2026-01-31T12:00:00Z.');
  return time;
}
