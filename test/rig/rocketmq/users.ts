import { accepted } from '../../../src/rocketmq/remoting/answer.js';
import { Connections } from '../../../src/rocketmq/remoting/connections.js';
import type { Credentials } from '../../../src/rocketmq/credentials.js';
import type { RealRocketmq } from '../rocketmq.js';
import { user as administrator } from './guarded.js';

const provider = 'org.apache.rocketmq.auth.authorization.provider';

/** Besides `guardedBroker`: users may do what they are allowed to, and nothing else. */
export const authorizingBroker: Readonly<Record<string, string>> = {
  authorizationEnabled: 'true',
  authorizationProvider: `${provider}.DefaultAuthorizationProvider`,
  authorizationMetadataProvider: `${provider}.LocalAuthorizationMetadataProvider`,
};

/** Makes a user. `may`: by resource (`Topic:orders`, `Group:*`, `Cluster:*`), what may be done with it (`All`, `Pub`, `Get`, …). */
export async function makeUser(
  { broker }: Pick<RealRocketmq, 'broker'>,
  { accessKey, secretKey }: Credentials,
  may: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const connections = new Connections({
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 10_000,
    idleMs: 10_000,
    credentials: administrator,
  });
  const ask = async (code: number, name: string, fields: Record<string, string>, body: object) => {
    accepted(await connections.ask(broker, { code, name, fields, body: Buffer.from(JSON.stringify(body)) }));
  };
  try {
    const made = { username: accessKey, password: secretKey, userType: 'Normal', userStatus: 'enable' };
    await ask(3001, 'AUTH_CREATE_USER', { username: accessKey }, made);
    const subject = `User:${accessKey}`;
    const entries = Object.entries(may).map(([resource, actions]) => ({
      resource,
      actions,
      decision: 'Allow',
    }));
    await ask(
      3006,
      'AUTH_CREATE_ACL',
      { subject },
      { subject, policies: [{ policyType: 'Custom', entries }] },
    );
  } finally {
    await connections.close();
  }
}
