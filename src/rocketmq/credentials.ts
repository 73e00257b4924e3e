import { RocketmqError } from './errors.js';

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Both keys, or undefined for neither. Throws `invalid` when one of them is missing. */
export function credentialsOf({
  accessKey,
  secretKey,
}: {
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
}): Credentials | undefined {
  if (accessKey === undefined && secretKey === undefined) return undefined;
  if (accessKey === undefined || secretKey === undefined) {
    throw new RocketmqError(
      'invalid',
      'an access key and a secret key belong together: one of them is missing',
    );
  }
  return { accessKey, secretKey };
}
