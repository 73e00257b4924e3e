import path from 'node:path';
import type { z } from 'zod';
import type { PluginRegistry } from '../sdk/index.js';
import { compileConnector } from './connector.js';
import type { ClusterDefinition, ConnectorDefinition } from './definition.js';
import { nameComplaint } from './names.js';
import { Review } from './review.js';
import { rocketmqSpec } from './rocketmq-spec.js';
import { jobSpec } from './spec.js';
import type { Defaults, JobOutline } from './surrounding.js';
import { find, type Mapping } from './tree.js';

/** What could be made of a filled-in tree. Problems are in `review`. */
export interface Compiled {
  readonly job: JobOutline;
  readonly review: Review;
  readonly cluster: ClusterDefinition | undefined;
  /** Those without a problem. */
  readonly connectors: readonly ConnectorDefinition[];
}

export async function compileJob(tree: Mapping, file: string, plugins: PluginRegistry): Promise<Compiled> {
  const review = new Review(tree);
  const given = await review.check(jobSpec, [], { mayBeEmpty: ['errors', 'api'] });
  const job: JobOutline = {
    name: jobName(tree, file),
    apiToken: given?.api?.token ?? null,
    file,
    baseDir: path.dirname(file),
  };
  const cluster = await compileCluster(review);
  const defaults = { ...compileDefaults(tree), errors: given?.errors };
  const connectors: ConnectorDefinition[] = [];
  const entries = find(tree, ['connectors']);
  if (entries?.kind === 'mapping') {
    if (entries.entries.size === 0) {
      review.report(['connectors'], 'there is no connector', { hint: 'add one below connectors:' });
    }
    for (const name of entries.entries.keys()) {
      const complaint = nameComplaint(name);
      if (complaint !== null) review.report(['connectors', name], `the name ${complaint.message}`, complaint);
      const connector = await compileConnector({ review, job, plugins, defaults, cluster }, name);
      if (connector !== undefined) connectors.push(connector);
      if (cluster?.kind === 'proxy') warnOfStart(review, name);
      else if (cluster !== undefined) warnOfOrder(review, name);
    }
  }
  return { job, review, cluster, connectors };
}

/** The file's name serves where the job has none; what cannot be in a name becomes a dash. */
function jobName(tree: Mapping, file: string): string {
  const name = find(tree, ['name']);
  if (name?.kind === 'scalar' && typeof name.value === 'string') return name.value;
  return path
    .basename(file, path.extname(file))
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, 64);
}

/** Wrong types are reported with the job. */
function compileDefaults(tree: Mapping): Omit<Defaults, 'errors'> {
  const create = find(tree, ['create_topics']);
  const queues = find(tree, ['topic_queues']);
  return {
    create: create?.kind === 'scalar' && typeof create.value === 'boolean' ? create.value : true,
    queues: queues?.kind === 'scalar' && typeof queues.value === 'number' ? queues.value : 4,
  };
}

async function compileCluster(review: Review): Promise<ClusterDefinition | undefined> {
  const block = find(review.tree, ['rocketmq']);
  if (block === undefined) return { kind: 'embedded' };
  if (block.kind === 'scalar' && block.value === null) {
    review.report(['rocketmq'], 'rocketmq is empty', {
      hint: 'add nameserver: HOST:PORT or endpoints: HOST:PORT below it, or remove it to use the embedded broker',
    });
    return undefined;
  }
  const given = await review.check(rocketmqSpec, ['rocketmq']);
  return given === undefined ? undefined : clusterOf(given);
}

/** A proxy decides where a group that is new to a topic starts. */
function warnOfStart(review: Review, name: string): void {
  const at = ['connectors', name, 'from'];
  if (find(review.tree, at) === undefined) return;
  review.report(at, 'from cannot be honoured over gRPC: the proxy decides where a new group starts', {
    severity: 'warning',
    hint: 'remove it, or use nameserver: and transport: remoting',
  });
}

/** There are no message groups over the wire protocol. */
function warnOfOrder(review: Review, name: string): void {
  const at = ['connectors', name, 'ordering_key'];
  if (find(review.tree, at) === undefined || review.isBroken(at)) return;
  review.report(
    at,
    'ordering_key has no effect here: what is read in order goes to one queue, whatever its key',
    {
      severity: 'warning',
      hint: 'it is for FIFO topics over gRPC: add endpoints: HOST:8081, or remove it',
    },
  );
}

/** Data goes over gRPC where only proxies are given, or where it is asked for. */
function clusterOf(given: z.infer<typeof rocketmqSpec>): ClusterDefinition | undefined {
  const { nameserver, endpoints, transport } = given;
  const keys = { accessKey: given.access_key, secretKey: given.secret_key, addressMap: given.address_map };
  if (nameserver !== undefined && transport !== 'grpc')
    return { kind: 'nameserver', nameservers: nameserver, ...keys };
  if (endpoints === undefined) return undefined;
  return {
    kind: 'proxy',
    endpoints,
    namespace: given.namespace,
    tls: given.tls ?? false,
    nameservers: nameserver ?? null,
    ...keys,
  };
}
