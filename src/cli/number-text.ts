/** How numbers read in text. What is not known is said to be unknown, never shown as 0. */

const unknown = 'unknown';

/** Not `Intl.NumberFormat`: making one takes longer than all else a short command does. */
function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1,234,567` */
export function countText(count: number | null): string {
  return count === null ? unknown : grouped(count);
}

/** `1,234/s` */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return unknown;
  return perSecond > 0 && perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${grouped(perSecond)}/s`;
}

const byteUnits = ['KiB', 'MiB', 'GiB', 'TiB'];

/** `512 B`, `1.5 KiB` */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return unknown;
  if (bytes < 1024) return `${String(bytes)} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${byteUnits[unit] ?? ''}`;
}

/** `0.4 ms`, `12 ms`, `1,234 ms` */
export function millisecondsText(ms: number | null): string {
  if (ms === null) return unknown;
  return ms > 0 && ms < 10 ? `${ms.toFixed(1)} ms` : `${grouped(ms)} ms`;
}

/** `0 s`, `3.2 s`, `4 m 05 s`, `3 h 20 m`, `2 d 3 h` */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return unknown;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${String(minutes)} m ${pad(whole % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)} h ${pad(minutes % 60)} m`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
}

/** An ISO time as a person reads it, in local time: `14:03:59` today, `2024-05-01 14:03:59` before. */
export function timeText(iso: string | number | null, now = new Date()): string {
  if (iso === null) return unknown;
  const time = new Date(iso);
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  if (time.toDateString() === now.toDateString()) return clock;
  return `${String(time.getFullYear())}-${pad(time.getMonth() + 1)}-${pad(time.getDate())} ${clock}`;
}

/** `1 connector`, `2 connectors` */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
