import type { Series } from '../../cluster.js';
import { encodeProperty } from './properties.js';

const base = 36;
const valueEndByte = 2;
const digitZero = 0x30;
const letterA = 0x61;

/** What the property of a series begins with, as it travels: ASCII. Throws `invalid` like `encodeProperty`. */
export function seriesBytes({ name, prefix }: Series): Buffer {
  const whole = Buffer.from(encodeProperty(name, prefix), 'latin1');
  return whole.subarray(0, whole.length - 1);
}

/** How many bytes `writePlace` takes for the digits of a place. */
export function placeBytes(place: number): number {
  let bytes = 1;
  for (let rest = place; rest >= base; rest = Math.floor(rest / base)) bytes += 1;
  return bytes;
}

/** Writes the place, and the end of the property; returns where that ends. */
export function writePlace(place: number, out: Buffer, at: number): number {
  const end = at + placeBytes(place);
  let rest = place;
  for (let index = end - 1; index >= at; index -= 1) {
    const digit = rest % base;
    out[index] = digit < 10 ? digitZero + digit : letterA + digit - 10;
    rest = Math.floor(rest / base);
  }
  out[end] = valueEndByte;
  return end + 1;
}
