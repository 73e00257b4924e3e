import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc/PID/stat (USER_HZ): 100 on every Linux there is. */
const ticksPerSecond = 100;

/** What Linux counts of a process. All is null where the system does not tell, or it never ran. */
export class ProcessMeter {
  readonly #pid: number;
  #cpuSeconds: number | null = null;
  #peakBytes: number | null = null;
  #residentBytes: number | null = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Reads anew; what was read last stays once it has ended. */
  look(): { cpuSeconds: number | null; peakBytes: number | null; residentBytes: number | null } {
    const stat = read(`/proc/${String(this.#pid)}/stat`);
    if (stat !== null) this.#cpuSeconds = cpuSecondsOf(stat) ?? this.#cpuSeconds;
    const status = read(`/proc/${String(this.#pid)}/status`);
    if (status !== null) {
      this.#peakBytes = bytesOf(status, 'VmHWM') ?? this.#peakBytes;
      this.#residentBytes = bytesOf(status, 'VmRSS') ?? this.#residentBytes;
    }
    return {
      cpuSeconds: this.#cpuSeconds,
      peakBytes: this.#peakBytes,
      residentBytes: this.#residentBytes,
    };
  }
}

/** utime and stime, the 14th and 15th field; the 2nd is a name in brackets, which may hold blanks and brackets. */
export function cpuSecondsOf(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : null;
}

/** `VmHWM:     12345 kB` */
export function bytesOf(status: string, name: 'VmHWM' | 'VmRSS'): number | null {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kilobytes === undefined ? null : 1024 * Number(kilobytes);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
