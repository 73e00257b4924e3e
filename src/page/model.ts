/** What the worker answers, as far as it is shown. */
export interface Lag {
  readonly records: number | null;
  readonly bytes: number | null;
  readonly seconds: number | null;
}

interface Cause {
  readonly code: string;
  readonly message: string;
}

export interface Task {
  readonly task: number;
  readonly state: string;
  readonly partitions: readonly string[];
  readonly records: number;
  readonly errors: number;
  readonly error: Cause | null;
  readonly detail: Cause | null;
  readonly since: string;
  readonly bytes: number;
  readonly in_flight: number;
  readonly restarts: number;
  readonly batch_seconds: { readonly p50: number; readonly p99: number } | null;
}

interface Copied {
  readonly records: number;
  readonly bytes: number;
  readonly rate: Rates;
  readonly latency_ms: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly last_sync: { readonly at: string; readonly born_at: string } | null;
  readonly missed: number;
}

export interface Route extends Copied {
  readonly clock_skew: { readonly ms: number; readonly error_ms: number } | null;
  readonly topics: readonly (Copied & { readonly topic: string })[];
}

interface Rates {
  readonly now: number | null;
  readonly m1: number | null;
  readonly m10: number | null;
}

export interface Connector {
  readonly connector: string;
  readonly kind: 'source' | 'sink' | 'mirror';
  readonly job: string;
  readonly plugin: string;
  readonly topics: readonly string[];
  /** Of a mirror: its clusters. */
  readonly between: { readonly from: string; readonly to: string } | null;
  /** Of a mirror: what it has copied. */
  readonly route: Route | null;
  readonly wanted: string;
  readonly state: string;
  readonly tasks: readonly Task[];
  readonly records: number;
  readonly skipped: number;
  readonly dead_lettered: number;
  readonly retried: number;
  readonly errors: number;
  readonly error: Cause | null;
  readonly rate: Rates;
  readonly last_record_at: string | null;
  readonly lag: Lag;
}

export interface Overview {
  readonly version: string;
  readonly started_at: string;
  readonly clusters: readonly string[];
  readonly connectors: readonly Connector[];
}

export interface Track {
  readonly rate: readonly (number | null)[];
  readonly lag_records: readonly (number | null)[];
  readonly lag_seconds: readonly (number | null)[];
}

export interface History {
  readonly at: readonly string[];
  readonly connectors: Readonly<Record<string, Track>>;
}

/** What the page knows at a moment. */
export interface Model {
  readonly overview: Overview;
  readonly history: History;
}
