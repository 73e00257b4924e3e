import type { Delivery, SinkPlugin, SourcePlugin } from '../sdk/index.js';
import type { Format, OrderingKey, Transform } from '../stages/index.js';
import type { RawTree } from './tree.js';

/** What a job file says, checked and filled in. Read-only. */
export interface JobDefinition {
  readonly name: string;
  /** Absolute path of the job file. */
  readonly file: string;
  /** The file's folder: relative paths start here. */
  readonly baseDir: string;
  readonly cluster: ClusterDefinition;
  readonly connectors: readonly ConnectorDefinition[];
  /** The file with overrides applied and nothing filled in: what `rememberable` is made of. */
  readonly raw: RawTree;
}

/** Where RocketMQ is. */
export type ClusterDefinition =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'nameserver';
      /** `host:port` each. */
      readonly nameservers: readonly string[];
      readonly accessKey?: string | undefined;
      readonly secretKey?: string | undefined;
      readonly addressMap?: Readonly<Record<string, string>> | undefined;
    }
  | {
      /** Data goes through gRPC proxies. */
      readonly kind: 'proxy';
      /** `host:port` each, IPv6 in brackets. */
      readonly endpoints: readonly string[];
      readonly namespace?: string | undefined;
      readonly tls: boolean;
      /** Where offsets, lag and topics are asked for and made; null: nobody can tell or make them. */
      readonly nameservers: readonly string[] | null;
      readonly accessKey?: string | undefined;
      readonly secretKey?: string | undefined;
      readonly addressMap?: Readonly<Record<string, string>> | undefined;
    };

export type ConnectorDefinition = SourceDefinition | SinkDefinition;

interface ConnectorBase {
  readonly name: string;
  /** The job it came from. */
  readonly job: string;
  readonly baseDir: string;
  /** The plugin's name, `file` in `source: file`. */
  readonly plugin: string;
  /** What the plugin's spec made of `config:`. */
  readonly config: unknown;
  /** The most tasks; at least 1. */
  readonly tasks: number;
  readonly format: Format;
  readonly transforms: readonly Transform[];
  /** Queues of a topic that is created; null: topics must exist. */
  readonly createTopics: { readonly queues: number } | null;
  /** Restarts of a task within an hour before it stays failed; those for what is away do not count. */
  readonly maxRestarts: number;
  /** Without progress for so long, though there is work, it is called stalled. */
  readonly stalledAfterMs: number;
}

export interface SourceDefinition extends ConnectorBase {
  readonly kind: 'source';
  readonly source: SourcePlugin;
  readonly topic: string;
  /** `partition`: a partition always to one queue. `none`: spread over all of them. */
  readonly order: 'partition' | 'none';
  /** What decides the message group of a record in a FIFO topic over gRPC; null: its key. */
  readonly orderingKey: OrderingKey | null;
  /** `exactly_once` holds where the plugin can be replayed and the way to the cluster leaves a trail. */
  readonly delivery: Delivery;
}

export interface SinkDefinition extends ConnectorBase {
  readonly kind: 'sink';
  readonly sink: SinkPlugin;
  readonly topics: readonly string[];
  readonly group: string;
  /** Where to start where the group has no offset yet; a number is milliseconds since 1970. */
  readonly from: 'earliest' | 'latest' | number;
  /** `exactly_once` holds where the plugin keeps the offsets and the way to the cluster has lasting ones; see `deliveryOf`. */
  readonly delivery: Delivery;
  readonly commitIntervalMs: number;
  /** What to do where messages are gone from a queue before they were read. */
  readonly onGap: 'fail' | 'skip';
}

/** A finding about a job file. Errors keep it from running; warnings do not. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** `connectors.read-log.config.path`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What came of reading job files. `jobs` holds only those without an error. */
export interface Loaded {
  readonly jobs: readonly JobDefinition[];
  readonly problems: readonly Problem[];
}
