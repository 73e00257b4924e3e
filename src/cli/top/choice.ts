import type { ConnectorView } from '../../metrics/overview.js';

/** What the list may be ordered by; numbers from the largest. */
export const orders = {
  name: (one: ConnectorView) => one.connector,
  state: (one: ConnectorView) => one.state,
  rate: (one: ConnectorView) => -(one.rate.now ?? -1),
  behind: (one: ConnectorView) => -(one.lag.records ?? -1),
  errors: (one: ConnectorView) => -one.errors,
  records: (one: ConnectorView) => -one.records,
} as const;
export type Order = keyof typeof orders;
export const orderNames = Object.keys(orders) as readonly Order[];

/** What a person has chosen to see. */
export interface Choice {
  readonly order: Order;
  readonly filter: string;
  /** Whether what is typed goes to the filter. */
  readonly typing: boolean;
  readonly selected: string | null;
  /** Whether the tasks are shown, each on a line of its own. */
  readonly tasks: boolean;
}

/** Something to be done with a connector of the worker. */
export interface Wish {
  readonly what: 'pause' | 'resume' | 'restart';
  readonly connector: string;
}

/** Those that match the filter, in order. */
export function chosen(
  connectors: readonly ConnectorView[],
  { order, filter }: Pick<Choice, 'order' | 'filter'>,
): readonly ConnectorView[] {
  const wanted = filter.toLowerCase();
  const by = orders[order];
  return connectors
    .filter((one) => `${one.connector} ${one.kind} ${one.plugin} ${one.state}`.toLowerCase().includes(wanted))
    .sort((one, other) => compared(by(one), by(other)) || compared(one.connector, other.connector));
}

function compared(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one).localeCompare(String(other));
}

const backspaces: ReadonlySet<string> = new Set(['\u007f', '\b']);
const up: ReadonlySet<string> = new Set(['\u001b[A', 'k']);
const down: ReadonlySet<string> = new Set(['\u001b[B', 'j']);

/** What a key does. */
export function pressed(
  key: string,
  choice: Choice,
  connectors: readonly ConnectorView[],
): { readonly choice: Choice; readonly wish: Wish | null; readonly quit: boolean } {
  const stay = (change: Partial<Choice>, wish: Wish | null = null): ReturnType<typeof pressed> => ({
    choice: { ...choice, ...change },
    wish,
    quit: false,
  });
  if (key === '\u0003') return { choice, wish: null, quit: true };
  if (choice.typing) return stay(typed(key, choice));
  const shown = chosen(connectors, choice);
  const at = shown.findIndex(({ connector }) => connector === choice.selected);
  const select = (index: number): ReturnType<typeof pressed> =>
    stay({ selected: shown[Math.max(0, Math.min(shown.length - 1, index))]?.connector ?? null });
  if (up.has(key)) return select(at - 1);
  if (down.has(key)) return select(at + 1);
  const one = shown[at];
  switch (key) {
    case 'q':
      return { choice, wish: null, quit: true };
    case 's':
      return stay({
        order: orderNames[(orderNames.indexOf(choice.order) + 1) % orderNames.length] ?? 'name',
      });
    case 't':
      return stay({ tasks: !choice.tasks });
    case '/':
      return stay({ typing: true });
    case '\u001b':
      return stay({ filter: '' });
    case 'p':
      if (one === undefined) return stay({});
      return stay({}, { what: one.wanted === 'running' ? 'pause' : 'resume', connector: one.connector });
    case 'r':
      return stay({}, one === undefined ? null : { what: 'restart', connector: one.connector });
    default:
      return stay({});
  }
}

function typed(key: string, { filter }: Choice): Partial<Choice> {
  if (key === '\r' || key === '\n') return { typing: false };
  if (key === '\u001b') return { typing: false, filter: '' };
  if (backspaces.has(key)) return { filter: filter.slice(0, -1) };
  return /^[\u0020-\u007e\u00a0-\uffff]+$/.test(key) ? { filter: filter + key } : {};
}
