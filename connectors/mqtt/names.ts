import type { ConnectorContext } from '../../src/sdk/index.js';
import type { MqttSourceConfig } from './spec.js';

/** Who a connector is to the broker; its tasks have a number behind it. */
export const clientName = (
  { client_id: id }: Pick<MqttSourceConfig, 'client_id'>,
  { connector: its }: Pick<ConnectorContext, 'connector'>,
): string => id ?? `rmq-connect-${its}`;
