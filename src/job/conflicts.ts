import path from 'node:path';
import type { Resources } from '../sdk/index.js';
import type { Compiled } from './compile.js';
import type { ClusterDefinition, ConnectorDefinition } from './definition.js';
import type { Path } from './tree.js';

/**
 * Reports what several jobs, or several connectors, cannot have or use at once: names, consumer groups,
 * and things on this machine. The problem is the second one's, and names the first.
 */
export async function reportConflicts(jobs: readonly Compiled[]): Promise<void> {
  reportJobNames(jobs);
  reportConnectorNames(jobs);
  const claims: Claim[] = [];
  for (const { connectors, cluster, review } of jobs) {
    for (const connector of connectors) {
      const claim = await claimOf(connector, cluster);
      for (const { path: at, message, hint } of conflictsWith(claim, claims)) {
        review.report([...pathOf(connector), ...at], message, { hint });
      }
      claims.push(claim);
    }
  }
}

/** What a connector has for itself. */
export interface Claim extends Resources {
  readonly connector: ConnectorDefinition;
  /** Tells its consumer group from those of other clusters; null where it has none. */
  readonly group: string | null;
}

export async function claimOf(
  connector: ConnectorDefinition,
  cluster: ClusterDefinition | undefined,
): Promise<Claim> {
  const group =
    connector.kind === 'sink' && cluster !== undefined ? `${clusterKey(cluster)} ${connector.group}` : null;
  return { connector, group, ...(await resourcesOf(connector)) };
}

/** A place below the connector, and what is wrong there. */
export interface Conflict {
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

/** What keeps a connector from running beside others; the first of each sort. */
export function conflictsWith(claim: Claim, others: Iterable<Claim>): readonly Conflict[] {
  let group: Conflict | undefined;
  let resource: Conflict | undefined;
  const { connector } = claim;
  for (const other of others) {
    // Members of one group share its offsets: two connectors in it would take each other's records.
    if (claim.group !== null && claim.group === other.group && other.connector.name !== connector.name) {
      const name = connector.kind === 'sink' ? connector.group : '';
      group ??= {
        path: ['group'],
        message: `${other.connector.name} has the consumer group ${name} too`,
        hint: 'give each sink a group of its own',
      };
    }
    // Nothing may be written by one and read or written by another.
    const message = clash(claim, other);
    if (message !== undefined) resource ??= { path: ['config'], message, hint: 'use another path' };
  }
  return [group, resource].filter((conflict) => conflict !== undefined);
}

function reportJobNames(jobs: readonly Compiled[]): void {
  const first = new Map<string, string>();
  for (const { job, review } of jobs) {
    const other = first.get(job.name);
    if (other === undefined) first.set(job.name, job.file);
    else {
      review.report(['name'], `the job in ${path.basename(other)} is called ${job.name} too`, {
        hint: 'give each job a name of its own with name:',
      });
    }
  }
}

function reportConnectorNames(jobs: readonly Compiled[]): void {
  const first = new Map<string, string>();
  for (const { job, review } of jobs) {
    const entries = review.tree.entries.get('connectors')?.value;
    if (entries?.kind !== 'mapping') continue;
    for (const name of entries.entries.keys()) {
      const other = first.get(name);
      if (other === undefined) first.set(name, job.file);
      else {
        review.report(['connectors', name], `the connector ${name} is in ${path.basename(other)} too`, {
          hint: 'names are unique over all jobs',
        });
      }
    }
  }
}

function clusterKey(cluster: ClusterDefinition): string {
  if (cluster.kind === 'embedded') return '';
  const addresses =
    cluster.kind === 'proxy' ? (cluster.nameservers ?? cluster.endpoints) : cluster.nameservers;
  return [...addresses].sort().join(';');
}

/** What `other` does with something that `claim` uses as well; undefined when they can live together. */
function clash(claim: Claim, other: Claim): string | undefined {
  const { baseDir } = claim.connector;
  const text = (verb: string, resource: string): string =>
    `${other.connector.name} ${verb} ${shown(resource, baseDir)} too`;
  for (const resource of claim.writes) {
    if (other.writes.includes(resource)) return text('writes', resource);
    if (reads(other, resource)) return text('reads', resource);
  }
  const written = other.writes.find((resource) => reads(claim, resource));
  return written === undefined ? undefined : text('writes', written);
}

const reads = (claim: Claim, resource: string): boolean =>
  claim.reads.includes(resource) || claim.wouldRead?.(resource) === true;

/** What it uses on this machine. */
export async function resourcesOf(connector: ConnectorDefinition): Promise<Resources> {
  if (connector.kind === 'mirror') return { reads: [], writes: [] };
  const plugin = connector.kind === 'source' ? connector.source : connector.sink;
  const found = await plugin.resources?.(connector.config, { baseDir: connector.baseDir });
  return found ?? { reads: [], writes: [] };
}

/** A path is shown as the job file has it, where it is below its folder. */
function shown(resource: string, baseDir: string): string {
  const relative = path.isAbsolute(resource) ? path.relative(baseDir, resource) : resource;
  return relative.startsWith('..') || relative === '' ? resource : relative;
}

const pathOf = (connector: ConnectorDefinition): Path => ['connectors', connector.name];
