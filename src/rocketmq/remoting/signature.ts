import { createHmac } from 'node:crypto';
import type { Credentials } from '../credentials.js';

/**
 * The fields with AccessKey and Signature added; nothing may be added after. Signed are the values of all
 * fields in the order of their names, then the body: base64 of HMAC-SHA1 (org.apache.rocketmq.acl.common.
 * AclUtils and AclClientRPCHook; the authentication of RocketMQ 5.3 checks the same).
 */
export function sign(
  fields: Readonly<Record<string, string>>,
  body: Buffer | undefined,
  { accessKey, secretKey }: Credentials,
): Record<string, string> {
  const signed: Record<string, string> = { ...fields, AccessKey: accessKey };
  const hmac = createHmac('sha1', secretKey);
  for (const name of Object.keys(signed).sort()) hmac.update(signed[name] ?? '');
  if (body !== undefined) hmac.update(body);
  return { ...signed, Signature: hmac.digest('base64') };
}
