/** One line of the Prometheus text format. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExposedFamily {
  readonly type: string;
  readonly help: string;
  readonly series: readonly Series[];
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gy;

/**
 * Reads the text format 0.0.4, and throws what a scraper would stumble over: lines it cannot read, samples without a
 * type or of another family's name, families or series that are there twice, histograms that do not add up.
 */
export function parseExposition(text: string): ReadonlyMap<string, ExposedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { type: string; help: string; series: Series[] }>();
  const seen = new Set<string>();
  let current = '';
  let help = '';
  for (const row of text.split('\n')) {
    if (row === '') continue;
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(row) ?? [];
    if (word === 'HELP') {
      [current, help] = [name, rest];
    } else if (word === 'TYPE') {
      if (name !== current) throw new Error(`the type of ${name} follows the help of ${current}`);
      if (families.has(name)) throw new Error(`${name} is there twice`);
      if (suffixes[rest] === undefined) throw new Error(`${name} is a ${rest}`);
      families.set(name, { type: rest, help, series: [] });
    } else {
      const series = parseLine(row);
      const family = families.get(current);
      if (family === undefined) throw new Error(`${row} has no type`);
      const fits = suffixes[family.type]?.some((suffix) => current + suffix === series.name);
      if (fits !== true) throw new Error(`${series.name} is no ${family.type} ${current}`);
      const key = JSON.stringify([series.name, Object.entries(series.labels).sort()]);
      if (seen.has(key)) throw new Error(`${row} is there twice`);
      seen.add(key);
      family.series.push(series);
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family.series);
  return families;
}

function parseLine(row: string): Series {
  const [, name = '', inBraces = '', number = ''] = line.exec(row) ?? [];
  const value = number === '+Inf' ? Infinity : number === 'Nan' ? NaN : Number(number);
  if (name === '' || number === '' || (Number.isNaN(value) && number !== 'Nan'))
    throw new Error(`not a sample: ${row}`);
  const labels: Record<string, string> = {};
  let at = 0;
  for (const match of inBraces.matchAll(label)) {
    const [whole, key = '', quoted = ''] = match;
    if (labels[key] !== undefined) throw new Error(`the label ${key} is there twice: ${row}`);
    labels[key] = quoted.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    at += whole.length;
  }
  if (at !== inBraces.length) throw new Error(`labels that cannot be read: ${row}`);
  return { name, labels, value };
}

function checkHistogram(name: string, series: readonly Series[]): void {
  const rows = new Map<string, { buckets: [number, number][]; count?: number; sum?: number }>();
  for (const { name: full, labels, value } of series) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    const row = rows.get(key) ?? { buckets: [] };
    rows.set(key, row);
    if (full.endsWith('_bucket')) row.buckets.push([le === '+Inf' ? Infinity : Number(le), value]);
    else if (full.endsWith('_count')) row.count = value;
    else row.sum = value;
  }
  for (const [key, { buckets, count, sum }] of rows) {
    const rising = buckets.every(
      ([le, value], index) =>
        index === 0 || (le > (buckets[index - 1]?.[0] ?? 0) && value >= (buckets[index - 1]?.[1] ?? 0)),
    );
    if (!rising || sum === undefined || buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)?.[1] !== count)
      throw new Error(`the histogram ${name} ${key} does not add up`);
  }
}
