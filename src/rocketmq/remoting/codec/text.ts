/** Up to here writing ASCII in place is faster than asking Node to. */
const shortText = 64;

/** Bytes the text takes in UTF-8. */
export function utf8Bytes(text: string): number {
  const { length } = text;
  if (length > shortText) return Buffer.byteLength(text);
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text);
  }
  return length;
}

/** Writes the text as UTF-8 into a buffer that has room for it, and returns where it ends. */
export function writeText(text: string, out: Buffer, at: number): number {
  const { length } = text;
  if (length > shortText) return at + out.write(text, at);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return at + out.write(text, at);
    out[at + index] = unit;
  }
  return at + length;
}
