import { sparkline } from '../chart.js';
import { h } from '../dom.js';
import { ago, bytes, count, duration, rate, shortCount } from '../format.js';
import type { Connector, Model, Route } from '../model.js';
import { tableOf } from './table.js';
import { linkTo, stateMark } from './parts.js';

/** What goes from one cluster to another. */
export function routesView({ overview, history }: Model): HTMLElement {
  const mirrors = overview.connectors.filter(({ between }) => between !== null);
  return h(
    'div',
    { class: 'fields', 'data-key': 'routes' },
    mirrors.length === 0
      ? h(
          'p',
          { class: 'panel empty' },
          'Nothing is copied between clusters. A connector with “mirror: rocketmq” does that.',
        )
      : mirrors.map((mirror) => card(mirror, history.connectors[mirror.connector]?.rate ?? [])),
  );
}

function card(one: Connector, rates: readonly (number | null)[]): HTMLElement {
  const { connector, between, error, route } = one;
  return h(
    'section',
    { class: 'panel fields', 'data-key': connector },
    h(
      'div',
      { class: 'route' },
      h('span', { class: 'cluster' }, between?.from ?? ''),
      h('span', { class: 'way', 'aria-label': 'to' }, '→'),
      h('span', { class: 'cluster' }, between?.to ?? ''),
      h('a', { href: linkTo(connector) }, connector),
      stateMark(one.state),
      sparkline(rates, `Rate of ${connector}`),
    ),
    error !== null && h('div', { class: 'bad' }, `${error.code}: ${error.message}`),
    h(
      'dl',
      { class: 'facts' },
      facts(one).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
    route !== null && route.topics.length > 0 && topics(route),
  );
}

function facts({ rate: { now, m1, m10 }, lag, route }: Connector): readonly (readonly [string, string])[] {
  return [
    ['Rate', rate(now)],
    ['1 min', rate(m1)],
    ['10 min', rate(m10)],
    ['Behind', shortCount(lag.records)],
    ['Time behind', duration(lag.seconds)],
    ['Latency p50', millis(route?.latency_ms?.p50)],
    ['p99', millis(route?.latency_ms?.p99)],
    ['Clock skew', millis(route?.clock_skew?.ms)],
    ['Missed', count(route?.missed)],
    ['Last copied', ago(route?.last_sync?.at)],
  ];
}

function topics({ topics: list }: Route): HTMLElement {
  return tableOf(
    ['Topic', '#Records', '#Bytes', '#Rate', '#p50', '#p99', '#Missed', '#Last copied'],
    list.map((one) => [
      one.topic,
      count(one.records),
      bytes(one.bytes),
      rate(one.rate.now),
      millis(one.latency_ms?.p50),
      millis(one.latency_ms?.p99),
      count(one.missed),
      ago(one.last_sync?.at),
    ]),
  );
}

/** Clocks of two clusters differ: a latency may be below 0. */
function millis(ms: number | null | undefined): string {
  return duration(ms === null || ms === undefined ? null : ms / 1000);
}
