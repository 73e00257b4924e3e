import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../rig/project.js';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const text = (name: string): string => readFileSync(join(projectRoot, 'monitoring', name), 'utf8');

/** The alert rules' expressions, by their names. */
export function alerts(): ReadonlyMap<string, string> {
  const { groups } = parse(text('alerts.yaml')) as Rules;
  return new Map(groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)));
}

/** What the dashboard asks for, by panel and variable. */
export function dashboardQueries(): readonly (readonly [string, string])[] {
  const { panels, templating } = JSON.parse(text('grafana-dashboard.json')) as Dashboard;
  return [
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...templating.list
      .filter(({ query }) => query.startsWith('label_values('))
      .map(({ name, query }) => [name, query] as const),
  ];
}

/** The metrics an expression names, and the labels it wants of them. */
export function namesIn(expression: string): {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
} {
  const metrics = expression.match(/\b(?:rmq_connect|process|nodejs)_[a-z0-9_]+/g) ?? [];
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(/, */),
  );
  const matched = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) =>
    [...inside.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, name = '']) => name),
  );
  return { metrics, labels: [...grouped, ...matched] };
}
