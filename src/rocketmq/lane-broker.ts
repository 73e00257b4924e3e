/** The broker name of the queues this way makes up: a proxy names neither brokers nor queues. */
export const laneBroker = 'grpc';
