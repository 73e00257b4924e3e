/** Of one kind of request, since the client was made. */
export interface RequestCount {
  readonly asked: number;
  /** Without an answer: not reached, too late, cut off. */
  readonly failed: number;
  /** That all of them took, long polls included. */
  readonly seconds: number;
}

/** What a client of a cluster has done. */
export interface ClientCounts {
  /** Open to name servers and brokers. */
  readonly connections: number;
  /** By RocketMQ's name of the request. */
  readonly requests: ReadonlyMap<string, RequestCount>;
}
