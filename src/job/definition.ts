import type { Delivery, SinkPlugin, SourcePlugin } from '../sdk/index.js';
import type { Format, OrderingKey, Transform } from '../stages/index.js';
import type { RawTree } from './tree.js';

/** What a job file says, checked and filled in. Read-only. */
export interface JobDefinition {
  readonly name: string;
  /** What requests to the worker's API must have; null: the job says nothing. */
  readonly apiToken: string | null;
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

/** What runs as a connector: one with a plugin, or a mirror. */
export type ConnectorDefinition = SourceDefinition | SinkDefinition | MirrorDefinition;

/** What becomes of what fails. */
export interface ErrorPolicy {
  /** Of single records. `none`: the task fails. */
  readonly tolerance: 'none' | 'skip' | 'dead_letter';
  readonly retry: {
    /** null: for ever where the connector runs on; see `giveUpAfterMs`. */
    readonly timeoutMs: number | null;
    readonly delayMs: number;
    readonly maxDelayMs: number;
  };
  /** Whether records that are left out are logged: where they came from, and why. */
  readonly log: boolean;
  /** Of use with `dead_letter` only. */
  readonly deadLetterTopic: string;
  /** null: no limit. */
  readonly maxDeadLettersPerMinute: number | null;
}

interface ConnectorBase {
  readonly name: string;
  /** The job it came from. */
  readonly job: string;
  readonly baseDir: string;
  /** The plugin's name, `file` in `source: file`. */
  readonly plugin: string;
  /** The most tasks; at least 1. */
  readonly tasks: number;
  /** Queues of a topic that is created; null: topics must exist. */
  readonly createTopics: { readonly queues: number } | null;
  readonly errors: ErrorPolicy;
  /** Restarts of a task within an hour before it stays failed; those for what is away do not count. */
  readonly maxRestarts: number;
  /** Without progress for so long, though there is work, it is called stalled. */
  readonly stalledAfterMs: number;
}

interface PluggedBase extends ConnectorBase {
  /** What the plugin's spec made of `config:`. */
  readonly config: unknown;
  readonly format: Format;
  readonly transforms: readonly Transform[];
}

export interface SourceDefinition extends PluggedBase {
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

export interface SinkDefinition extends PluggedBase {
  readonly kind: 'sink';
  readonly sink: SinkPlugin;
  readonly topics: readonly string[];
  readonly group: string;
  /** Where to start where the group has no offset yet; a number is milliseconds since 1970. */
  readonly from: 'earliest' | 'latest' | number;
  /** Whether what follows a record that is refused for now waits for it. */
  readonly ordering: 'strict' | 'relaxed';
  /** `exactly_once` holds where the plugin keeps the offsets and the way to the cluster has lasting ones; see `deliveryOf`. */
  readonly delivery: Delivery;
  readonly commitIntervalMs: number;
  /** What to do where messages are gone from a queue before they were read. */
  readonly onGap: 'fail' | 'skip';
}

/** A cluster that a mirror copies from or to. */
export interface MirrorEnd {
  /** What messages that came through it say. */
  readonly name: string;
  readonly cluster: ClusterDefinition;
}

/** Copies topics from one RocketMQ to another. */
export interface MirrorDefinition extends ConnectorBase {
  readonly kind: 'mirror';
  readonly from: MirrorEnd;
  readonly to: MirrorEnd;
  /** Names or globs, like `exclude` and `groups`. */
  readonly topics: readonly string[];
  readonly exclude: readonly string[];
  /** With `{topic}` and perhaps `{from}` in it. */
  readonly rename: string;
  /** Where to start in a queue that was never read; a number is milliseconds since 1970. */
  readonly start: 'earliest' | 'latest' | number;
  /** `same`: queue for queue. `by_key`: over all queues of the target's topic. */
  readonly queues: 'same' | 'by_key';
  readonly bornTime: 'property' | 'exact';
  /** Consumer groups whose offsets are synced. */
  readonly groups: readonly string[];
  readonly sync: { readonly offsetsMs: number; readonly topicsMs: number; readonly groups: boolean };
  /** How often a small message is sent over the route, so that it has a latency while it is idle; null: never. */
  readonly heartbeats: { readonly everyMs: number } | null;
  /** null: no limit. */
  readonly rate: { readonly recordsPerS: number | null; readonly bytesPerS: number | null };
  readonly delivery: Delivery;
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
