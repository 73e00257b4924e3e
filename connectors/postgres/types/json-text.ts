import type { JsonValue } from '../../../src/sdk/index.js';

/**
 * The value of a json column: parsed, where that changes nothing. A value that is text here is always JSON
 * text: of numbers that JavaScript would change, and of what would be taken for something else, a string or
 * the JSON null.
 */
export function decodeJsonText(text: string): JsonValue {
  const parsed = JSON.parse(text) as JsonValue;
  if (typeof parsed === 'string' || parsed === null) return text;
  return mayHoldLongNumber.test(text) && changesNumber(text) ? text : parsed;
}

/** Sixteen digits in a row or with a point in them, or an exponent; also inside of strings. */
const mayHoldLongNumber = /\d[\d.]{15}|\d[eE]/;

/** A string, which is passed over, or a number. */
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

function changesNumber(text: string): boolean {
  for (const [part] of text.matchAll(token)) {
    if (!part.startsWith('"') && decimalOf(part) !== decimalOf(String(Number(part)))) return true;
  }
  return false;
}

/** The digits and the place of the point, without what does not count: the same for the same number. */
function decimalOf(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${String(scale)}`;
}
