/** What a run can show, in the order it is printed. */
export const figures = {
  records_per_s: { title: 'records/s', digits: 0 },
  mb_per_s: { title: 'MB/s', digits: 1 },
  cpu_s_per_million: { title: 'CPU s/M', digits: 2 },
  broker_cpu_s_per_million: { title: 'broker CPU s/M', digits: 2 },
  peak_mb: { title: 'peak MB', digits: 0 },
  steady_mb: { title: 'steady MB', digits: 0 },
  first_record_ms: { title: 'first record ms', digits: 0 },
  time_ms: { title: 'ms', digits: 0 },
  p50_ms: { title: 'p50 ms', digits: 1 },
  p99_ms: { title: 'p99 ms', digits: 1 },
  first_tenth_per_s: { title: 'first tenth/s', digits: 0 },
  last_tenth_per_s: { title: 'last tenth/s', digits: 0 },
  last_to_first: { title: 'last/first', digits: 2 },
  first_tenth_mb: { title: 'MB at 1/10', digits: 0 },
  last_tenth_mb: { title: 'MB at 10/10', digits: 0 },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly digits: number }>>;

export type Figure = keyof typeof figures;
export const figureNames = Object.keys(figures) as readonly Figure[];

/** Of one run. Absent: it does not apply; null: nobody can tell (MB are 10^6 bytes). */
export type Figures = Partial<Readonly<Record<Figure, number | null>>>;

const formats = new Map<number, Intl.NumberFormat>();

/** `123,456`, `0.71`; `unknown` where nobody can tell, `-` where it does not apply. */
export function figureText(name: Figure, value: number | null | undefined): string {
  if (value === undefined) return '-';
  return value === null ? 'unknown' : numberText(value, figures[name].digits);
}

export function numberText(value: number, digits: number): string {
  let format = formats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(digits, format);
  }
  return format.format(value);
}
