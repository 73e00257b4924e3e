const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** What is not known is a dash, never 0. */
const unknown = '–';

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? unknown : whole.format(value);
}

export function shortCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return value < 10_000 ? whole.format(value) : short.format(value);
}

export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  if (value > 0 && value < 10) return `${value.toFixed(1)}/s`;
  return `${shortCount(value)}/s`;
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return unknown;
  if (seconds < 1) return seconds === 0 ? '0 s' : `${String(Math.round(seconds * 1000))} ms`;
  if (seconds < 120) return `${String(Math.round(seconds))} s`;
  if (seconds < 7_200) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 172_800) return `${String(Math.round(seconds / 3_600))} h`;
  return `${String(Math.round(seconds / 86_400))} d`;
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? String(Math.round(size)) : size.toFixed(1)} ${units[unit] ?? ''}`;
}

export function ago(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return unknown;
  const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
  return seconds < 2 ? 'now' : `${duration(seconds)} ago`;
}

export function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString();
}
