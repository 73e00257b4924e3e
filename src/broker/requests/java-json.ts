/**
 * fastjson writes the keys of a Java map as they are: `{0:"a"}`, and objects even, which is not JSON but
 * what Java clients and mqadmin are used to.
 */

export interface QueueName {
  readonly brokerName: string;
  readonly queueId: number;
  readonly topic: string;
}

/** `{{"brokerName":…,"queueId":…,"topic":…}:value,…}` */
export function byQueue(entries: Iterable<readonly [QueueName, unknown]>): string {
  return map(entries, (queue) => JSON.stringify(queue));
}

/** `{0:value,…}` */
export function byNumber(entries: Iterable<readonly [number, unknown]>): string {
  return map(entries, String);
}

function map<K>(entries: Iterable<readonly [K, unknown]>, key: (key: K) => string): string {
  const parts: string[] = [];
  for (const [name, value] of entries) parts.push(`${key(name)}:${JSON.stringify(value)}`);
  return `{${parts.join(',')}}`;
}
