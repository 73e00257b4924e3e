/** The broker name of the queues that the gRPC way makes up: a proxy names neither brokers nor queues. */
export const laneBroker = 'grpc';
