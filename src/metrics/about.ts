import type { ConnectorDefinition } from '../job/definition.js';
import type { About } from './observed.js';

export function aboutOf(definition: ConnectorDefinition): About {
  const { plugin } = definition;
  switch (definition.kind) {
    case 'source':
      return { plugin, topics: [definition.topic], between: null };
    case 'sink':
      return { plugin, topics: definition.topics, between: null };
    case 'mirror':
      return {
        plugin,
        topics: definition.topics,
        between: { from: definition.from.name, to: definition.to.name },
      };
  }
}
