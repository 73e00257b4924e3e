/** A place in the write-ahead log: a byte count, written `16/B374D848`. */
export type Lsn = bigint;

export function lsnOf(text: string): Lsn {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export const lsnText = (lsn: Lsn): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;

export const lsnPattern = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i;
