import type { Command } from 'commander';
import { isLoopback } from '../../broker/server/listen.js';
import { DataDir } from '../../store/index.js';
import { aborted } from '../../worker/aborted.js';
import { announceBroker, withdrawBroker } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { portOption } from '../option-values.js';
import type { Output } from '../output.js';
import { withStopSignals } from '../stop-signals.js';

interface BrokerOptions {
  readonly port: number;
  readonly grpcPort?: number;
  readonly host: string;
  readonly allowRemote?: true;
}

export function broker(): Command {
  const command = leaf(
    'broker',
    'Run the embedded broker alone, in the foreground: RocketMQ for a first try, for tests and CI\nIt is not for production.',
    ['broker', 'broker --grpc-port 8081', 'broker --port 19876 --data-dir ./ci'],
  )
    .option('--port <port>', 'where to listen; 0 takes a free one', portOption, 9876)
    .option('--grpc-port <port>', 'serve gRPC clients there as well; 0 takes a free one', portOption)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--allow-remote', 'allow an address that other machines can reach: there is no access control');
  return perform<BrokerOptions>(command, async ({ options, out, dataDir }) => {
    refuseRemote(options);
    await serve(new DataDir(dataDir), options, out);
  });
}

function refuseRemote({ host, allowRemote }: BrokerOptions): void {
  if (allowRemote === true || isLoopback(host)) return;
  throw new CommandError('usage', 'usage', `${host} can be reached from other machines`, {
    hint: 'the embedded broker has no access control; add --allow-remote if that is meant',
  });
}

async function serve(
  dataDir: DataDir,
  { port, grpcPort, host, allowRemote }: BrokerOptions,
  out: Output,
): Promise<void> {
  const { startEmbeddedBroker } = await import('../../broker/embedded-broker.js');
  const log = {
    info: (message: string): void => {
      out.talk(message);
    },
    warn: (message: string): void => {
      out.talk(`warning: ${message}`);
    },
    error: (message: string): void => {
      out.talk(`error: ${message}`);
    },
  };
  const running = await startEmbeddedBroker({
    dir: dataDir.brokerFolder,
    host,
    port,
    ...(grpcPort === undefined ? {} : { grpcPort }),
    log,
    allowRemote: allowRemote === true,
  });
  try {
    await announceBroker(dataDir, running.address);
    await withStopSignals(async (stop) => {
      const { address, endpoints } = running;
      if (out.json) {
        out.result({
          address,
          ...(endpoints === undefined ? {} : { endpoints }),
          folder: dataDir.brokerFolder,
        });
      } else {
        out.talk(
          `the embedded broker listens on ${address}, and keeps its queues in ${dataDir.brokerFolder}`,
        );
        out.talk(`  in a job file:  rocketmq: { nameserver: '${address}' }`);
        if (endpoints !== undefined) {
          out.talk(`  or over gRPC:   rocketmq: { endpoints: '${endpoints}' }`);
        }
        out.talk(`  Ctrl-C stops it`);
      }
      await aborted(stop);
    });
  } finally {
    await withdrawBroker(dataDir);
    await running.close();
  }
}
