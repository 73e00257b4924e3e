import type { ClusterDefinition, ConnectorDefinition, SourceDefinition } from './definition.js';
import type { SinkDelivery, SourceDelivery } from '../sdk/index.js';

/** At most once is a source's alone. */
export type Promised = SinkDelivery | SourceDelivery;

/** What a connector promises on this cluster, and why not more. */
export function deliveryOf(connector: ConnectorDefinition, cluster: ClusterDefinition): Promised {
  const able = pluginDelivery(connector);
  if (able.delivery !== 'exactly_once') return able;
  if (connector.kind === 'mirror' || cluster.kind !== 'proxy') return able;
  const because =
    connector.kind === 'source'
      ? 'a gRPC proxy does not tell what has arrived'
      : 'over a gRPC proxy queues have no offsets that last';
  return { delivery: 'at_least_once', because };
}

/** The same as far as the definition and the plugin have a say. */
export function pluginDelivery(connector: ConnectorDefinition): Promised {
  const able = ableTo(connector);
  if (able.delivery === 'exactly_once' && connector.delivery === 'at_least_once') {
    return { delivery: 'at_least_once', because: 'delivery says so' };
  }
  return able;
}

function ableTo(connector: ConnectorDefinition): Promised {
  switch (connector.kind) {
    case 'source':
      return connector.source.delivery(connector.config);
    case 'mirror':
      return { delivery: 'exactly_once' };
    case 'sink':
      return (
        connector.sink.delivery?.(connector.config) ?? {
          delivery: 'at_least_once',
          because: `${connector.plugin} cannot keep the offsets with what it writes`,
        }
      );
  }
}

/** Whether the source can be read again from a position: what it takes for sending nothing twice. */
export const isReplayable = ({ source, config }: SourceDefinition): boolean =>
  source.delivery(config).delivery === 'exactly_once';
