import { plainStyle } from '../src/cli/style.js';
import { table } from '../src/cli/table.js';
import { figureNames, figures, figureText, numberText } from './figures.js';
import type { BarResult, RatioResult, ScenarioResult } from './results.js';

/** A scenario's result for people: a table of medians, the ratios with their spread, and what holds. */
export function reportText(result: ScenarioResult): string {
  const shown = figureNames.filter((name) => result.sides.some(({ median }) => name in median));
  const columns = [
    { title: '' },
    ...shown.map((name) => ({ title: figures[name].title, align: 'right' as const })),
  ];
  const rows = result.sides.map(({ name, median }) => [
    name,
    ...shown.map((figure) => figureText(figure, median[figure])),
  ]);
  return [
    `${result.scenario}: ${result.about}`,
    table(columns, rows, plainStyle),
    ...result.ratios.map((ratio) => ratioText(result.sides[0]?.name ?? '', ratio)),
    ...(result.control === null ? [] : [controlText(result.control)]),
    ...result.bars.map(barText),
  ].join('\n');
}

function ratioText(measured: string, { figure, to, spread }: RatioResult): string {
  const what = `${measured} / ${to}, ${figures[figure].title}`;
  return `${what}: ${spread === null ? 'unknown' : spreadText(spread)}`;
}

function controlText({ figure, spread }: RatioResult): string {
  return `control (each run / the one before), ${figures[figure].title}: ${spread === null ? 'unknown' : spreadText(spread)}`;
}

function spreadText({ median, min, max }: { median: number; min: number; max: number }): string {
  return `${numberText(median, 2)} (${numberText(min, 2)} to ${numberText(max, 2)})`;
}

export function barText({ bar, value, holds }: BarResult): string {
  const is = holds === null ? 'not measured' : holds ? 'holds' : 'MISSED';
  if ('against' in bar) {
    const which = bar.figure === undefined ? '' : ` ${figures[bar.figure].title} of`;
    const { against } = bar;
    const what = typeof against === 'string' ? against : `the slower of ${against.join(' and ')}`;
    return `bar: at least ${String(bar.atLeast)} x${which} ${what}: ${is}`;
  }
  const limit = 'atMost' in bar ? `at most ${String(bar.atMost)}` : `at least ${String(bar.atLeast)}`;
  const got = value === null ? '' : ` (${numberText(value, figures[bar.figure].digits)})`;
  return `bar: ${figures[bar.figure].title} ${limit}: ${is}${got}`;
}
