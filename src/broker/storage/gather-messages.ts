import { partsEach, type IncomingMessages } from './stored-frame.js';

export interface LooseMessage {
  readonly body: Uint8Array;
  /** As they are stored. */
  readonly properties: string;
}

/** Puts messages that lie anywhere into the form in which they are appended. */
export function gatherMessages(messages: readonly LooseMessage[]): IncomingMessages {
  let size = 0;
  for (const { body, properties } of messages) size += body.length + properties.length * 3;
  const source = Buffer.allocUnsafe(size);
  const parts = new Int32Array(messages.length * partsEach);
  let at = 0;
  let part = 0;
  for (const { body, properties } of messages) {
    source.set(body, at);
    const propertiesAt = at + body.length;
    const length = source.write(properties, propertiesAt);
    parts[part + 1] = at;
    parts[part + 2] = body.length;
    parts[part + 3] = propertiesAt;
    parts[part + 4] = length;
    at = propertiesAt + length;
    part += partsEach;
  }
  return { source, count: messages.length, parts };
}
