import type { ClusterDefinition, ConnectorDefinition, SourceDefinition } from './definition.js';
import type { SinkDelivery } from '../sdk/index.js';

/** What a connector promises on this cluster, and why not more. */
export function deliveryOf(connector: ConnectorDefinition, cluster: ClusterDefinition): SinkDelivery {
  const able = pluginDelivery(connector);
  if (able.delivery === 'at_least_once') return able;
  if (cluster.kind !== 'proxy') return able;
  const because =
    connector.kind === 'source'
      ? 'a gRPC proxy does not tell what has arrived'
      : 'over a gRPC proxy queues have no offsets that last';
  return { delivery: 'at_least_once', because };
}

/** The same as far as the definition and the plugin have a say. */
export function pluginDelivery(connector: ConnectorDefinition): SinkDelivery {
  const { plugin } = connector;
  if (connector.delivery === 'at_least_once') {
    return { delivery: 'at_least_once', because: 'delivery says so' };
  }
  if (connector.kind === 'sink') {
    const because = `${plugin} cannot keep the offsets with what it writes`;
    return connector.sink.delivery?.(connector.config) ?? { delivery: 'at_least_once', because };
  }
  if (isReplayable(connector)) return { delivery: 'exactly_once' };
  return { delivery: 'at_least_once', because: `${plugin} cannot be read again from a position` };
}

/** Whether the source can be read again from a position. */
export function isReplayable({ source, config }: Pick<SourceDefinition, 'source' | 'config'>): boolean {
  return source.replayable && (source.replays?.(config) ?? true);
}
