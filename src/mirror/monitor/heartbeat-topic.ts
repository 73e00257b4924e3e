/** Its messages tell how long a route takes while nothing else is copied. They count in no lag. */
export const heartbeatTopic = 'rmq-connect-heartbeats';
