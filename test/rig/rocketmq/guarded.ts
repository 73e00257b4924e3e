/** A user whom a RocketMQ with access control (auth 2.0) knows, and the configuration that makes it one. */
export const user = { accessKey: 'rocketmq', secretKey: 'very-secret-8' };

const auth = 'org.apache.rocketmq.auth.authentication.provider';
const common = {
  authenticationEnabled: 'true',
  authenticationProvider: `${auth}.DefaultAuthenticationProvider`,
  innerClientAuthenticationCredentials: JSON.stringify(user),
};

export const guardedBroker: Readonly<Record<string, string>> = {
  ...common,
  authenticationMetadataProvider: `${auth}.LocalAuthenticationMetadataProvider`,
  initAuthenticationUser: JSON.stringify({ username: user.accessKey, password: user.secretKey }),
};

/** A proxy asks the broker for its users, and signs its own requests. */
export const guardedProxy: Readonly<Record<string, string>> = {
  ...common,
  enableAclRpcHookForClusterMode: 'true',
  authenticationMetadataProvider: 'org.apache.rocketmq.proxy.auth.ProxyAuthenticationMetadataProvider',
};
