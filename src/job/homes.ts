import type { ClusterDefinition, ConnectorDefinition } from './definition.js';

/** The clusters it uses. */
export function homesOf(
  definition: ConnectorDefinition,
  job: ClusterDefinition,
): readonly ClusterDefinition[] {
  return definition.kind === 'mirror' ? [definition.from.cluster, definition.to.cluster] : [job];
}

/** The cluster a connector is at home in: where a mirror copies to, else the job's. */
export function homeOf(definition: ConnectorDefinition, job: ClusterDefinition): ClusterDefinition {
  return definition.kind === 'mirror' ? definition.to.cluster : job;
}
