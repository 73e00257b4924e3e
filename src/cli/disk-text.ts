import { errorText } from '../sdk/errors.js';

interface DiskError {
  readonly text: string;
  readonly hint: string;
}

const diskErrors: Readonly<Partial<Record<string, DiskError>>> = {
  ENOENT: { text: 'there is no such file or folder', hint: 'check the path' },
  EISDIR: { text: 'it is a folder, not a file', hint: 'name a file' },
  EACCES: { text: 'no permission', hint: 'give the user that runs rmq-connect access to it' },
  EPERM: { text: 'not permitted', hint: 'check its owner and attributes' },
  EROFS: { text: 'the file system is read-only', hint: 'choose another path, or another --data-dir' },
  ENOTDIR: {
    text: 'a part of the path is a file, not a folder',
    hint: 'choose another path, or another --data-dir',
  },
  ENAMETOOLONG: { text: 'the name is too long', hint: 'choose a shorter path' },
  ENOSPC: { text: 'the disk is full', hint: 'make room' },
  EDQUOT: { text: 'the quota is used up', hint: 'make room' },
};

const known = (error: unknown): DiskError | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? diskErrors[error.code]
    : undefined;

/** In plain words what the disk says no to; Node's own words otherwise. For a message that names the path itself. */
export const diskText = (error: unknown): string => known(error)?.text ?? errorText(error);

/** The same with the path, and what to do; null where the error is not one of the disk about a path. */
export function diskComplaint(error: Error): { readonly message: string; readonly hint: string } | null {
  const told = known(error);
  if (told === undefined || !('path' in error) || typeof error.path !== 'string') return null;
  return { message: `${error.path}: ${told.text}`, hint: told.hint };
}
