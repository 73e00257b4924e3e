import type { Reader } from './reader.js';

const two = (number: number): string => String(number).padStart(2, '0');
const four = (number: number): string => String(number).padStart(4, '0');

/** A value of one byte; 0 is the year 0. */
export const yearOf = (byte: number): number => (byte === 0 ? 0 : 1900 + byte);

export function readDate(reader: Reader): string {
  const packed = reader.uint(3);
  return `${four(packed >> 9)}-${two((packed >> 5) & 15)}-${two(packed & 31)}`;
}

/** `digits` behind the point, in half as many bytes. */
function fractionText(value: number, digits: number): string {
  if (digits === 0) return '';
  const bytes = (digits + 1) >> 1;
  return `.${String(value)
    .padStart(bytes * 2, '0')
    .slice(0, digits)}`;
}

const fractionBytes = (digits: number): number => (digits + 1) >> 1;
const readFraction = (reader: Reader, digits: number): string =>
  digits === 0 ? '' : fractionText(reader.uintBe(fractionBytes(digits)), digits);

/** Seconds since 1970; none stands for the date of zeros. */
export function readTimestamp(reader: Reader, digits: number): string {
  const seconds = reader.uintBe(4);
  const fraction = readFraction(reader, digits);
  if (seconds === 0) return `0000-00-00T00:00:00${fraction}Z`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

/** Forty bits: one for the sign, year and month as months, day, hour, minute, second. */
export function readDateTime(reader: Reader, digits: number): string {
  const packed = reader.uintBe(5) - 0x80_0000_0000;
  const day = Math.floor(packed / 0x2_0000);
  const time = packed % 0x2_0000;
  const months = day >> 5;
  const date = `${four(Math.floor(months / 13))}-${two(months % 13)}-${two(day & 31)}`;
  return `${date}T${two(time >> 12)}:${two((time >> 6) & 63)}:${two(time & 63)}${readFraction(reader, digits)}`;
}

/** Hours may be more than a day's, and there is a sign; the fraction belongs to the number that is signed. */
export function readTime(reader: Reader, digits: number): string {
  const bytes = fractionBytes(digits);
  const scale = 2 ** (8 * bytes);
  const signed = reader.uintBe(3 + bytes) - 0x80_0000 * scale;
  const packed = Math.floor(Math.abs(signed) / scale);
  const fraction = fractionText(Math.abs(signed) % scale, digits);
  const text = `${two((packed >> 12) & 1023)}:${two((packed >> 6) & 63)}:${two(packed & 63)}${fraction}`;
  return signed < 0 ? `-${text}` : text;
}
