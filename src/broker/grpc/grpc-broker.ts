import type { Broker } from '../broker.js';
import type { DelayedMessages } from '../delayed-messages.js';
import type { Deliveries } from './deliveries/deliveries.js';
import type { WaitingReceivers } from './deliveries/waiting-receivers.js';
import type { Members } from './members.js';
import type { TelemetrySessions } from './telemetry.js';

/** What the gRPC requests work on. */
export interface GrpcBroker {
  readonly broker: Broker;
  readonly host: string;
  readonly port: number;
  /** Whether a topic is made when a client asks for it. */
  readonly makesTopics: boolean;
  /** As it is stored in messages: the address of the remoting side. */
  readonly storeHost: Buffer;
  readonly delayed: DelayedMessages;
  readonly deliveries: Deliveries;
  readonly receivers: WaitingReceivers;
  readonly members: Members;
  readonly sessions: TelemetrySessions;
}
