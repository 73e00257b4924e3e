import type { Scenario } from '../scenario.js';
import { receiveOverGrpc, sendOverGrpc } from '../sides/over-grpc.js';

const bytes = 1024;
const queues = 8;
/** The plain calls take a tenth of the speed, so they get fewer messages. */
const many = 100_000;
const few = 15_000;
const quickPart = 20;

export const overGrpc: readonly Scenario[] = [
  {
    name: 'grpc-send',
    about:
      '1 KiB messages through the gRPC proxy: our batches beside the official client’s `send`, 64 at once',
    compares: 'records_per_s',
    bars: [{ against: 'official-send', atLeast: 8 }],
    prepare: (stage) => {
      const part = stage.quick ? quickPart : 1;
      return Promise.resolve({
        measured: sendOverGrpc('grpc-send', 'grpc-send', stage, { bytes, queues, count: many / part }),
        references: [
          sendOverGrpc('official-send', 'official-send', stage, { bytes, queues, count: few / part }),
        ],
      });
    },
  },
  {
    name: 'grpc-receive',
    about:
      '1 KiB messages from the gRPC proxy, acknowledged: ours beside the official client’s `receive` and `ack`',
    compares: 'records_per_s',
    bars: [],
    prepare: (stage) => {
      const part = stage.quick ? quickPart : 1;
      const ours = { bytes, queues, count: many / 2 / part };
      const theirs = { bytes, queues, count: few / part };
      return Promise.resolve({
        measured: receiveOverGrpc('grpc-receive', 'grpc-receive', stage, ours),
        references: [receiveOverGrpc('official-receive', 'official-receive', stage, theirs)],
      });
    },
  },
];
