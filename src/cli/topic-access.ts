import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { parseNameservers } from '../job/address.js';
import type { ClusterDefinition } from '../job/definition.js';
import type { Cluster } from '../rocketmq/cluster.js';
import { DataDir } from '../store/index.js';
import { ClusterAccess } from './cluster-access.js';
import { dataDirOption, shellWord } from './data-dir-option.js';
import { CommandError } from './exit-code.js';
import { problemsError, readJobFiles } from './job-files.js';
import { rememberedConnectors } from './remembered.js';
import { restore } from './restored.js';

/** How the commands about topics are told which RocketMQ is meant. */
export interface TopicAccessOptions {
  readonly nameserver?: string;
  readonly job?: string;
}

export function withClusterOptions(command: Command): Command {
  return command
    .option('--nameserver <address>', 'the RocketMQ to look at, host:port; several with ; between them')
    .option(
      '--job <file>',
      'the RocketMQ of this job file\n(default: the one of the connectors the data directory remembers, else its embedded broker)',
    );
}

/** Opens the RocketMQ that is meant, and closes it after `use`. */
export async function onCluster<T>(
  options: TopicAccessOptions,
  dataDirPath: string,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const dataDir = new DataDir(dataDirPath);
  const definition = await clusterMeant(options, dataDir);
  const access = new ClusterAccess(dataDir);
  try {
    return await use(await access.open(definition));
  } catch (error) {
    throw withTopicsHint(error, options, dataDirPath);
  } finally {
    await access.close();
  }
}

/** Where a topic is missing, the command that shows those there are looks into the same RocketMQ. */
function withTopicsHint(error: unknown, { nameserver, job }: TopicAccessOptions, dataDir: string): unknown {
  if (!(error instanceof CommandError) || error.code !== 'topic_not_found') return error;
  const meant =
    nameserver !== undefined
      ? ` --nameserver ${shellWord(nameserver)}`
      : job !== undefined
        ? ` --job ${shellWord(job)}`
        : '';
  const hint = `rmq-connect topics list${meant}${dataDirOption(dataDir)} shows those there are; run creates those its job file names`;
  return new CommandError('failed', error.code, error.message, { hint, cause: error });
}

async function clusterMeant(options: TopicAccessOptions, dataDir: DataDir): Promise<ClusterDefinition> {
  const { nameserver, job } = options;
  if (nameserver !== undefined && job !== undefined) {
    throw new CommandError('usage', 'usage', 'give either --nameserver or --job');
  }
  if (nameserver !== undefined) {
    return { kind: 'nameserver', nameservers: addresses(nameserver) };
  }
  if (job !== undefined) {
    const { jobs, problems } = await readJobFiles([job]);
    const failure = problemsError(problems);
    if (failure !== null) throw failure;
    return onlyOne(
      jobs.map(({ cluster }) => cluster),
      dataDir,
    );
  }
  const { connectors } = await rememberedConnectors(dataDir);
  const restored = await Promise.all(connectors.map((connector) => restore(connector)));
  return onlyOne(
    restored.map(({ cluster }) => cluster),
    dataDir,
  );
}

function addresses(text: string): readonly string[] {
  const parsed = parseNameservers(text);
  if ('addresses' in parsed) return parsed.addresses;
  const { message, hint } = parsed.complaint;
  throw new CommandError('usage', 'usage', `--nameserver ${message}`, { hint });
}

/** Where no connector says otherwise, it is the embedded broker, if one has ever run there. */
function onlyOne(clusters: readonly ClusterDefinition[], dataDir: DataDir): ClusterDefinition {
  const different = [...new Map(clusters.map((cluster) => [JSON.stringify(cluster), cluster])).values()];
  const [first, second] = different;
  const hint = 'say which one with --nameserver host:port or --job FILE';
  if (second !== undefined) {
    const message = `the connectors of ${dataDir.root} use several RocketMQs`;
    throw new CommandError('usage', 'usage', message, { hint });
  }
  if (first !== undefined) return first;
  if (existsSync(dataDir.brokerFolder)) return { kind: 'embedded' };
  throw new CommandError('usage', 'usage', `${dataDir.root} knows of no RocketMQ`, { hint });
}
