import { exitCodes, tell, CommandError, type Told } from './exit-code.js';

/** A connector about which something could not be found out. */
export interface Unanswered {
  readonly connector: string;
  readonly told: Told;
}

/**
 * Asks the same of every connector, all at once; one that does not answer keeps its place, with what
 * `otherwise` says.
 */
export async function survey<Subject extends { readonly name: string }, Answer>(
  subjects: readonly Subject[],
  ask: (subject: Subject) => Promise<Answer>,
  otherwise: (subject: Subject) => Answer,
): Promise<{ readonly answers: readonly Answer[]; readonly unanswered: readonly Unanswered[] }> {
  const unanswered: Unanswered[] = [];
  const answers = await Promise.all(
    subjects.map(async (subject) => {
      try {
        return await ask(subject);
      } catch (error) {
        const told = tell(error);
        if (told.code === 'internal') throw error;
        unanswered.push({ connector: subject.name, told });
        return otherwise(subject);
      }
    }),
  );
  return { answers, unanswered };
}

/** The error of a command that could not find out everything; it carries what was found out. */
export function incomplete(unanswered: readonly Unanswered[], result: object): CommandError | null {
  const first = unanswered.find(({ told }) => told.exitCode === exitCodes.unreachable) ?? unanswered[0];
  if (first === undefined) return null;
  const kind =
    first.told.exitCode === exitCodes.unreachable
      ? 'unreachable'
      : first.told.exitCode === exitCodes.usage
        ? 'usage'
        : 'failed';
  const messages = new Map<string, string[]>();
  for (const { connector, told } of unanswered) {
    messages.set(told.message, [...(messages.get(told.message) ?? []), connector]);
  }
  const message = [...messages].map(([text, names]) => `${names.join(', ')}: ${text}`).join('\n');
  const connectors = unanswered.map(({ connector, told }) => ({
    connector,
    code: told.code,
    message: told.message,
  }));
  return new CommandError(kind, first.told.code, message, {
    hint: first.told.hint,
    details: { connectors, result },
  });
}
