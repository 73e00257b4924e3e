import { ConnectorError, errorText } from '../../src/sdk/index.js';

/** Says of an error of the file system which file it is about and what to do. */
export function fileError(action: string, path: string, error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const code = codeOf(error);
  const known = code === undefined ? undefined : causes[code];
  const text = `cannot ${action} ${path}: ${known?.text ?? errorText(error)}`;
  const hint = known?.hint;
  return new ConnectorError(known?.code ?? 'unavailable', text, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Nothing is at the path, now or ever. */
export const isMissing = (error: unknown): boolean =>
  codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

const causes: Readonly<
  Record<string, { code: ConnectorError['code']; text: string; hint?: string } | undefined>
> = {
  EACCES: {
    code: 'denied',
    text: 'no permission',
    hint: 'give the user that runs rmq-connect access to the file and its folder',
  },
  EPERM: { code: 'denied', text: 'not permitted', hint: 'check the owner and attributes of the file' },
  EROFS: { code: 'denied', text: 'the file system is read-only', hint: 'choose another path' },
  EISDIR: { code: 'config', text: 'it is a folder', hint: 'name a file; for all files of a folder add /*' },
  ENOTDIR: {
    code: 'config',
    text: 'a part of the path is a file, not a folder',
    hint: 'choose another path',
  },
  ENAMETOOLONG: { code: 'config', text: 'the name is too long', hint: 'choose a shorter path' },
  ENOENT: { code: 'not_found', text: 'there is no such file' },
  ENOSPC: { code: 'unavailable', text: 'the disk is full', hint: 'make room; writing goes on by itself' },
  EDQUOT: { code: 'unavailable', text: 'the quota is used up', hint: 'make room; writing goes on by itself' },
  EMFILE: { code: 'unavailable', text: 'too many open files', hint: 'raise the limit (ulimit -n)' },
};
