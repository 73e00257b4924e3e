import {
  ConnectorError,
  sharedPartition,
  Unsettled,
  type ConnectorContext,
  type Position,
  type SourceBatch,
  type SourceTask,
} from '../../src/sdk/index.js';
import { contentOf, entriesOf, streamsOf, type Entry } from './entry.js';
import type { Link, Reply } from './link.js';
import { batchRecords, blockMs } from './reading.js';
import { usualClaimAfterMs, type RedisSourceConfig } from './spec.js';

interface GroupReading {
  readonly keys: readonly string[];
  readonly config: RedisSourceConfig;
  readonly context: ConnectorContext;
  readonly group: string;
  readonly consumer: string;
  readonly part: number;
}

/**
 * What a consumer group deals to this task: first what it was dealt before and has not acknowledged, then
 * what others have left lying, then what is new. Acknowledged when it is stored.
 */
export async function readGroup(link: Link, its: GroupReading): Promise<SourceTask> {
  const { keys, config, group } = its;
  for (const key of keys) {
    await makeGroup(link, key, group, config.start === 'latest' ? '$' : '0');
  }
  const reader = new GroupReader(link, its);
  await reader.recall();
  return {
    read: (signal) => reader.read(signal),
    committed: (partition, position) => reader.acknowledge(partition, position),
    close: () => link.close(),
  };
}

async function makeGroup(link: Link, key: string, group: string, start: string): Promise<void> {
  try {
    await link.call('XGROUP', 'CREATE', key, group, start, 'MKSTREAM');
  } catch (error) {
    if (!(error instanceof ConnectorError) || !error.message.includes('BUSYGROUP')) throw error;
  }
}

class GroupReader {
  readonly #link: Link;
  readonly #its: GroupReading;
  readonly #ready: SourceBatch[] = [];
  readonly #unsettled = new Map<string, Unsettled<string>>();
  /** By partition: a claim may bring what is under way here. */
  readonly #underway = new Map<string, Set<string>>();
  #claimAt = 0;
  /** Where taking over goes on, by key: a part at a time, however much was left lying. */
  readonly #claims = new Map<string, string>();

  constructor(link: Link, its: GroupReading) {
    this.#link = link;
    this.#its = its;
  }

  /** Takes up what this consumer was dealt and has not acknowledged. */
  async recall(): Promise<void> {
    for (const key of this.#its.keys) {
      for (let after = '0'; ;) {
        const [found] = streamsOf(await this.#dealt([key], [after]));
        const entries = found?.[1] ?? [];
        const last = entries.at(-1);
        if (last === undefined) break;
        after = last.id;
        await this.#take(key, entries);
      }
    }
  }

  async read(signal: AbortSignal): Promise<SourceBatch | null> {
    const { keys, context } = this.#its;
    for (;;) {
      signal.throwIfAborted();
      const next = this.#ready.shift();
      if (next !== undefined) return next;
      await this.#claim();
      if (this.#ready.length > 0) continue;
      const isBusy = context.once || this.#claims.size > 0;
      const wait = isBusy ? [] : ['BLOCK', blockMs];
      const reply = await this.#dealt(
        keys,
        keys.map(() => '>'),
        wait,
      );
      for (const [key, entries] of streamsOf(reply)) await this.#take(key, entries);
      if (context.once && this.#ready.length === 0 && this.#claims.size === 0) return null;
    }
  }

  async acknowledge(partition: string, position: Position): Promise<void> {
    const key = this.#its.keys.find((one) => this.#partition(one) === partition);
    const ids = this.#unsettled.get(partition)?.upTo(position) ?? [];
    if (key === undefined || ids.length === 0) return;
    await this.#link.call('XACK', key, this.#its.group, ...ids);
    if (this.#its.config.after === 'delete') await this.#link.call('XDEL', key, ...ids);
    for (const id of ids) this.#underway.get(partition)?.delete(id);
  }

  #dealt(
    keys: readonly string[],
    ids: readonly string[],
    wait: readonly (string | number)[] = [],
  ): Promise<Reply> {
    const { group, consumer } = this.#its;
    const who = ['GROUP', group, consumer, 'COUNT', batchRecords, ...wait];
    return this.#link.call('XREADGROUP', ...who, 'STREAMS', ...keys, ...ids);
  }

  /** Takes over some of what other consumers have left lying. */
  async #claim(): Promise<void> {
    const { keys, group, consumer, config } = this.#its;
    const { claim_after_ms: afterMs = usualClaimAfterMs } = config;
    if (this.#claims.size === 0 && performance.now() >= this.#claimAt) {
      this.#claimAt = performance.now() + afterMs / 2;
      for (const key of keys) this.#claims.set(key, '0-0');
    }
    for (const [key, from] of this.#claims) {
      const claim = [key, group, consumer, afterMs, from, 'COUNT', batchRecords];
      const reply = await this.#link.call('XAUTOCLAIM', ...claim);
      const [next, entries] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
      const place = String(next ?? '0-0');
      if (place === '0-0') this.#claims.delete(key);
      else this.#claims.set(key, place);
      await this.#take(key, entriesOf(entries));
      if (this.#ready.length > 0) return;
    }
  }

  async #take(key: string, entries: readonly Entry[]): Promise<void> {
    const { config, group } = this.#its;
    const partition = this.#partition(key);
    const unsettled = this.#unsettled.get(partition) ?? new Unsettled<string>();
    this.#unsettled.set(partition, unsettled);
    const underway = this.#underway.get(partition) ?? new Set<string>();
    this.#underway.set(partition, underway);
    const deleted = entries.filter(({ fields }) => fields === null).map(({ id }) => id);
    if (deleted.length > 0) await this.#link.call('XACK', key, group, ...deleted);
    const records = entries.flatMap(({ id, fields }) => {
      if (fields === null || underway.has(id)) return [];
      underway.add(id);
      const position = unsettled.add(id);
      return [{ ...contentOf(key, { id, fields }, config.entry), position }];
    });
    if (records.length > 0) this.#ready.push({ partition, records });
  }

  #partition(key: string): string {
    return sharedPartition(key, this.#its.part);
  }
}
