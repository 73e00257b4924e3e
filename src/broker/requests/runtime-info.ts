import { statfs } from 'node:fs/promises';
import type { Broker } from '../broker.js';
import type { Meter } from '../meter.js';
import { bracketed } from '../addresses.js';
import { protocolVersion } from '../server/connection.js';
import { maxBodyBytes } from '../storage/stored-frame.js';
import { autoCreatedQueues } from '../topics.js';
import { requestCode as code } from './codes.js';
import { mostBytes, mostMessages } from './pull.js';
import { okJson, type Handler } from './request.js';

const gib = 1024 ** 3;

const brokerRuntimeInfo: Handler = async (_request, broker) => {
  const disk = await statfs(broker.folder);
  const total = disk.blocks * disk.bsize;
  const free = disk.bavail * disk.bsize;
  const used = (disk.blocks - disk.bfree) * disk.bsize;
  const diskRatio = used + free === 0 ? '-1' : String(used / (used + free));
  const { start, end } = broker.store.range;
  const { meters } = broker;
  return okJson({
    table: {
      bootTimestamp: String(broker.startedAt),
      brokerActive: 'true',
      brokerVersion: String(protocolVersion),
      brokerVersionDesc: 'V5_5_0',
      commitLogDirCapacity: `Total : ${gibibytes(total)}, Free : ${gibibytes(free)}.`,
      commitLogDiskRatio: diskRatio,
      commitLogMaxOffset: String(end),
      commitLogMinOffset: String(start),
      consumeQueueDiskRatio: diskRatio,
      dispatchBehindBytes: '0',
      earliestMessageTimeStamp: String(earliestStoreTime(broker)),
      getFoundTps: rates(meters.found),
      getMissTps: rates(meters.missed),
      getTotalTps: sumOfRates(meters.found, meters.missed),
      getTransferredTps: rates(meters.got),
      msgGetTotalTodayMorning: '0',
      msgGetTotalTodayNow: String(meters.got.count),
      msgGetTotalYesterdayMorning: '0',
      msgPutTotalTodayMorning: '0',
      msgPutTotalTodayNow: String(meters.put.count),
      msgPutTotalYesterdayMorning: '0',
      pageCacheLockTimeMills: '0',
      putMessageAverageSize: String(meters.put.count === 0 ? 0 : meters.putBytes.count / meters.put.count),
      putMessageFailedTimes: String(meters.putFailures.count),
      putMessageSizeTotal: String(meters.putBytes.count),
      putMessageTimesTotal: String(meters.putRequests.count),
      putTps: rates(meters.put),
      runtime: duration(Date.now() - broker.startedAt),
      ...queuesOfThreads(),
      startAcceptSendRequestTimeStamp: '0',
      timerCongestNum: '0',
      timerDequeueTps: '0.0',
      timerEnqueueTps: '0.0',
      timerOffsetBehind: '0',
      timerReadBehind: '0',
    },
  });
};

/** Requests are answered as they are read: none ever waits for a thread. */
function queuesOfThreads(): Record<string, string> {
  const table: Record<string, string> = {};
  for (const name of ['send', 'pull', 'litePull', 'query', 'ack']) {
    table[`${name}ThreadPoolQueueSize`] = '0';
    table[`${name}ThreadPoolQueueHeadWaitTimeMills`] = '0';
    table[`${name}ThreadPoolQueueCapacity`] = '0';
  }
  return table;
}

function earliestStoreTime(broker: Broker): number {
  let earliest = Infinity;
  for (const { topicName, readQueueNums } of broker.topics.all()) {
    for (let queueId = 0; queueId < readQueueNums; queueId++) {
      const { min } = broker.store.offsets(topicName, queueId);
      earliest = Math.min(earliest, broker.store.storedAt(topicName, queueId, min) ?? Infinity);
    }
  }
  return earliest === Infinity ? -1 : earliest;
}

const windows = [10, 60, 600];
const rates = (meter: Meter): string => sumOfRates(meter);

function sumOfRates(...meters: Meter[]): string {
  const sum = (seconds: number): number =>
    meters.reduce((total, meter) => total + meter.perSecond(seconds), 0);
  return windows.map((seconds) => decimal(sum(seconds))).join(' ');
}

/** As Java shows a double. */
const decimal = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

const gibibytes = (bytes: number): string => `${(bytes / gib).toFixed(1)} GiB`;

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit));
  return `[ ${days ?? 0} days, ${(hours ?? 0) % 24} hours, ${(minutes ?? 0) % 60} minutes, ${seconds % 60} seconds ]`;
}

/** What the broker holds to, in the names and the form of a RocketMQ broker's properties. */
const brokerConfig: Handler = (request, broker) => {
  const host = bracketed(request.connection.localHost);
  const settings: Record<string, string | number | boolean> = {
    autoCreateSubscriptionGroup: true,
    autoCreateTopicEnable: true,
    brokerClusterName: broker.cluster,
    brokerId: 0,
    brokerIP1: request.connection.localHost,
    brokerName: broker.name,
    brokerPermission: 6,
    brokerRole: 'ASYNC_MASTER',
    defaultTopicQueueNums: autoCreatedQueues,
    enablePropertyFilter: false,
    fileReservedTime: Math.round(broker.retention.maxAgeMs / 3_600_000),
    flushDiskType: 'ASYNC_FLUSH',
    listenPort: broker.port,
    longPollingEnable: true,
    maxMessageSize: maxBodyBytes,
    maxTransferBytesOnMessageInDisk: mostBytes,
    maxTransferBytesOnMessageInMemory: mostBytes,
    maxTransferCountOnMessageInDisk: mostMessages,
    maxTransferCountOnMessageInMemory: mostMessages,
    namesrvAddr: `${host}:${broker.port}`,
    rejectTransactionMessage: true,
    sendMessageThreadPoolNums: 1,
    storePathRootDir: broker.folder,
    useServerSideResetOffset: true,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  const version = JSON.stringify({ counter: 0, stateVersion: 0, timestamp: broker.startedAt });
  return { code: 0, fields: { version }, body: Buffer.from(lines.join('')) };
};

export const runtimeInfoHandlers: readonly (readonly [number, Handler])[] = [
  [code.brokerRuntimeInfo, brokerRuntimeInfo],
  [code.brokerConfig, brokerConfig],
];
