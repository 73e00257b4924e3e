import type { ConnectorDefinition } from '../job/definition.js';
import { topicsOf } from '../job/topics-of.js';
import type { About } from './observed.js';

export function aboutOf(definition: ConnectorDefinition): About {
  return {
    plugin: definition.plugin,
    topics: topicsOf(definition),
    between: definition.kind === 'mirror' ? { from: definition.from.name, to: definition.to.name } : null,
  };
}
