import type { Command } from 'commander';
import { DataDir } from '../../store/index.js';
import { lookAt, type Found, type Looked, type Subject } from '../check/subject.js';
import { subjectsOf } from '../check/subjects.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import {
  problemsError,
  readJobFiles,
  tellWarnings,
  withJobFileOptions,
  type JobFileOptions,
} from '../job-files.js';
import { leaf, perform } from '../leaf.js';
import { LiveRegion } from '../live-region.js';
import { plural } from '../number-text.js';
import { durationOption } from '../option-values.js';
import type { Output } from '../output.js';
import type { Style } from '../style.js';

const defaultTimeoutMs = 5_000;
/** What a look may take from one finding to the next: some connect twice for one. */
const silences = 3;

interface CheckOptions extends JobFileOptions {
  readonly timeout?: number;
}

export function check(): Command {
  const command = withJobFileOptions(
    leaf(
      'check',
      'Check that the systems of job files can be reached, and that all they need is there and allowed\nIt changes nothing on any of them.',
      ['check job.yaml', 'check jobs/ --timeout 10s --json'],
    ),
  ).option('--timeout <duration>', 'how long a system may take to answer (default: 5s)', durationOption);
  return perform<CheckOptions>(command, async ({ options, out, dataDir }, files: string[]) => {
    const { jobs, problems } = await readJobFiles(files, options);
    const broken = problemsError(problems);
    if (broken !== null) throw broken;
    if (!out.json) tellWarnings(problems, out);
    const timeoutMs = options.timeout ?? defaultTimeoutMs;
    const directory = new DataDir(dataDir);
    const access = new ClusterAccess(directory, { requestTimeoutMs: timeoutMs });
    try {
      const looking = { access, dataDir: directory, timeoutMs };
      const report = await queryCheck(
        jobs.flatMap((job) => subjectsOf(job, looking)),
        timeoutMs,
        out,
      );
      const failure = failureOf(report);
      if (!out.json) printReport(report, out);
      else if (failure === null) out.result(report);
      if (failure !== null) throw failure;
    } finally {
      await access.close();
    }
  });
}

export interface CheckReport {
  readonly subjects: readonly Looked[];
  readonly problems: number;
  readonly warnings: number;
}

/** Looks at all of them at once; what is still looked at moves on a terminal. */
async function queryCheck(
  subjects: readonly Subject[],
  timeoutMs: number,
  out: Output,
): Promise<CheckReport> {
  const region = out.lively && !out.json ? new LiveRegion(out, 'talk') : null;
  const open = new Set(subjects);
  const show = (): void =>
    region?.show([...open].map(({ system, connector }) => `checking ${connector ?? system} …`));
  show();
  try {
    const looked = await Promise.all(
      subjects.map(async (subject) => {
        const its = await lookAt(subject, silences * timeoutMs);
        open.delete(subject);
        show();
        return its;
      }),
    );
    const levels = looked.flatMap(({ findings }) => findings.map(({ level }) => level));
    return {
      subjects: looked,
      problems: levels.filter((level) => level === 'problem' || level === 'unreachable').length,
      warnings: levels.filter((level) => level === 'warning').length,
    };
  } finally {
    region?.clear();
    region?.close();
  }
}

/** A system that cannot be reached weighs more than what is missing on others. */
function failureOf(report: CheckReport): CommandError | null {
  const away = report.subjects.filter(({ findings }) =>
    findings.some(({ level }) => level === 'unreachable'),
  );
  if (away.length > 0) {
    const names = away.map(({ connector, system }) => connector ?? system).join(', ');
    return new CommandError('unreachable', 'unreachable', `cannot be reached: ${names}`, { details: report });
  }
  if (report.problems === 0) return null;
  return new CommandError('check', 'check', `${plural(report.problems, 'problem')} found`, {
    details: report,
  });
}

function printReport({ subjects, warnings, problems }: CheckReport, out: Output): void {
  const { bold, dim, green } = out.style;
  let job: string | null = null;
  for (const subject of subjects) {
    if (subject.job !== job) out.data(bold(subject.job));
    job = subject.job;
    out.data(
      subject.connector === null ? `  ${subject.system}` : `  ${subject.connector}  ${dim(subject.system)}`,
    );
    for (const finding of subject.findings) out.data(findingText(finding, out.style));
  }
  const also = warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`;
  if (problems === 0) out.data(`${green('ok:')} nothing is missing${also}`);
}

function findingText({ level, what, hint }: Found, style: Style): string {
  const paint = { ok: style.green, warning: style.yellow, problem: style.red, unreachable: style.red }[level];
  const advice = hint === null ? '' : `\n      → ${hint}`;
  return `    ${paint(level)}: ${what.replaceAll('\n', ' ')}${advice}`;
}
