import type { Complaint } from './names.js';

const hint = 'write earliest, latest, a time like 2026-01-31T08:00:00Z, or milliseconds since 1970';

/** Milliseconds of 1973: below, a number is seconds taken for milliseconds. */
const leastMilliseconds = 100_000_000_000;

/**
 * `earliest`, `latest`, or a time as milliseconds since 1970: out of a number, an ISO date, or an ISO date
 * and time; without a zone it is UTC.
 */
export function parseStart(given: string | number): 'earliest' | 'latest' | number | Complaint {
  if (given === 'earliest' || given === 'latest') return given;
  if (typeof given === 'number' || /^\d+$/.test(given)) {
    const milliseconds = Number(given);
    if (Number.isSafeInteger(milliseconds) && milliseconds >= leastMilliseconds) return milliseconds;
    return { message: 'must be in milliseconds since 1970', hint: 'append 000 to seconds' };
  }
  const time = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(
    given,
  );
  if (time === null) return { message: 'must be earliest, latest or a time', hint };
  const [, date = '', clock = '00:00', zone = 'Z'] = time;
  const milliseconds = Date.parse(`${date}T${clock}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`);
  const sameDay = new Date(`${date}T00:00Z`);
  if (
    Number.isNaN(milliseconds) ||
    Number.isNaN(sameDay.getTime()) ||
    !sameDay.toISOString().startsWith(date)
  ) {
    return { message: 'is a time that does not exist', hint };
  }
  return milliseconds;
}
