import { h, s } from './dom.js';

/** Numbers over time; null where one is not known: the line has a gap there. */
export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

const wide = { width: 600, height: 150, left: 2, bottom: 20, top: 14 };

/** The next round number above: 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** The strokes of a line: one for each stretch of known numbers. */
function strokes(
  values: readonly (number | null)[],
  top: number,
  size: { readonly width: number; readonly height: number },
): readonly string[] {
  const step = size.width / Math.max(1, values.length - 1);
  const paths: string[] = [];
  let path = '';
  for (const [index, value] of values.entries()) {
    if (value === null) {
      if (path !== '') paths.push(path);
      path = '';
      continue;
    }
    const x = (index * step).toFixed(1);
    const y = (size.height - (Math.min(value, top) / top) * size.height).toFixed(1);
    path += `${path === '' ? 'M' : 'L'}${x} ${y}`;
  }
  if (path !== '') paths.push(path);
  return paths;
}

/** A chart with its name, its highest round number, and what it stands at now. */
export function chart(
  title: string,
  line: Line,
  at: readonly string[],
  text: (value: number | null) => string,
): HTMLElement {
  const known = line.values.filter((value) => value !== null);
  const top = roundUp(Math.max(0, ...known));
  const { width, height, left, bottom, top: above } = wide;
  const plot = { width: width - left, height: height - bottom - above };
  const first = at[0];
  const lines = strokes(line.values, top, plot);
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', {}, h('span', {}, title), h('strong', {}, text(line.values.at(-1) ?? null))),
    s(
      'svg',
      {
        viewBox: `0 0 ${String(width)} ${String(height)}`,
        role: 'img',
        'aria-label': `${title}: now ${text(line.values.at(-1) ?? null)}, at most ${text(known.length === 0 ? null : Math.max(...known))}`,
      },
      s(
        'g',
        { transform: `translate(${String(left)} ${String(above)})` },
        [0, 0.5, 1].map((share) => {
          const y = plot.height * (1 - share);
          return s('line', { class: 'grid', x1: 0, x2: plot.width, y1: y, y2: y });
        }),
        lines.map((d) => [
          s('path', { class: 'area', d: `${d}V${String(plot.height)}H${/^M(\S+)/.exec(d)?.[1] ?? '0'}Z` }),
          s('path', { class: 'line', d }),
        ]),
        s('text', { class: 'tick', x: 2, y: 14 }, known.length === 0 ? 'not known' : text(top)),
        s(
          'text',
          { class: 'tick', x: 0, y: plot.height + 17 },
          first === undefined ? '' : new Date(first).toLocaleTimeString(),
        ),
        s('text', { class: 'tick end', x: plot.width, y: plot.height + 17 }, 'now'),
      ),
    ),
  );
}

/** A small line in a table. */
export function sparkline(values: readonly (number | null)[], title: string): SVGElement {
  const size = { width: 96, height: 20 };
  const top = roundUp(Math.max(0, ...values.filter((value) => value !== null)));
  return s(
    'svg',
    {
      class: 'spark',
      viewBox: `0 -1 ${String(size.width)} ${String(size.height + 2)}`,
      role: 'img',
      'aria-label': title,
    },
    strokes(values.slice(-60), top, size).map((d) => s('path', { class: 'line', d })),
  );
}
