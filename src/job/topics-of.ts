import type { ConnectorDefinition } from './definition.js';

/** What a connector writes to, or reads from: of a mirror names and globs. */
export const topicsOf = (definition: ConnectorDefinition): readonly string[] =>
  definition.kind === 'source' ? [definition.topic] : definition.topics;
