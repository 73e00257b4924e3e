/** Between a property's name and its value, and after its value (MessageDecoder of RocketMQ). */
const nameEnd = 1;
const propertyEnd = 2;

/** Java's `String#hashCode`, by which RocketMQ filters tags. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0;
  return hash;
}

/** Where the value of a property lies in encoded properties; null where there is none of this name. */
export function findProperty(
  data: Buffer,
  start: number,
  end: number,
  name: Buffer,
): { start: number; end: number } | null {
  let at = start;
  while (at + name.length < end) {
    let valueEnd = data.indexOf(propertyEnd, at);
    if (valueEnd === -1 || valueEnd > end) valueEnd = end;
    const nameStop = at + name.length;
    if (data[nameStop] === nameEnd && data.compare(name, 0, name.length, at, nameStop) === 0) {
      return { start: nameStop + 1, end: valueEnd };
    }
    at = valueEnd + 1;
  }
  return null;
}

/** The hash of TAGS in encoded properties; 0 where there is no tag, as in RocketMQ's own index. */
export function tagsCode(data: Buffer, start: number, end: number): number {
  let at = start;
  while (at + 5 < end) {
    if (
      data[at] === 0x54 &&
      data[at + 1] === 0x41 &&
      data[at + 2] === 0x47 &&
      data[at + 3] === 0x53 &&
      data[at + 4] === nameEnd
    ) {
      return hashOfValue(data, at + 5, end);
    }
    while (at < end && data[at] !== propertyEnd) at++;
    at++;
  }
  return 0;
}

function hashOfValue(data: Buffer, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) {
    const byte = data[at] ?? 0;
    if (byte === propertyEnd) return hash;
    if (byte >= 0x80) {
      const stop = data.indexOf(propertyEnd, at);
      return javaHash(data.toString('utf8', start, stop === -1 || stop > end ? end : stop));
    }
    hash = (hash * 31 + byte) | 0;
  }
  return hash;
}
