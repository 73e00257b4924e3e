/** On the source: small messages that show how long the way takes when nothing else goes over it. */
export const heartbeatTopic = 'rmq-connect-heartbeats';
