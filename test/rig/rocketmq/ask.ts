import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameReader, type Frame } from '../../../src/rocketmq/remoting/codec/frame.js';

/**
 * One request and its answer over a connection of its own: enough to look at a server without the
 * client under test. Rejects when nothing answers within `timeoutMs`.
 */
export function ask(
  address: string,
  code: number,
  fields: Readonly<Record<string, string>> = {},
  timeoutMs = 5_000,
): Promise<Frame> {
  const colon = address.lastIndexOf(':');
  const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon));
  return new Promise<Frame>((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => {
      reject(new Error(`${address} did not answer request ${String(code)} in ${String(timeoutMs)} ms`));
    });
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error(`${address} closed the connection instead of answering request ${String(code)}`));
    });
    readAnswer(socket, resolve, reject);
    const header = { code, opaque: 1, flag: 0, language: 'OTHER', version: 513, extFields: fields };
    for (const part of encodeFrame(header, Buffer.alloc(0))) socket.write(part);
  }).finally(() => socket.destroy());
}

function readAnswer(socket: Socket, resolve: (frame: Frame) => void, reject: (error: unknown) => void): void {
  const reader = new FrameReader();
  socket.on('data', (chunk: Buffer) => {
    try {
      const answer = reader.push(chunk).find((frame) => frame.header.opaque === 1);
      if (answer !== undefined) resolve(answer);
    } catch (error) {
      reject(error);
    }
  });
}

/** Sum of the ends of the topic's queues, seen at a name server; null where there is no such topic. */
export async function topicEnd(nameserver: string, topic: string): Promise<number | null> {
  const route = await ask(nameserver, 105, { topic, acceptStandardJsonOnly: 'true' });
  if (route.header.code === 17) return null;
  if (route.header.code !== 0) throw new Error(`route of ${topic}: ${route.header.remark ?? ''}`);
  const { queueDatas, brokerDatas } = JSON.parse(route.body.toString('utf8')) as {
    queueDatas: { brokerName: string; readQueueNums: number }[];
    brokerDatas: { brokerName: string; brokerAddrs: Record<string, string> }[];
  };
  let end = 0;
  for (const { brokerName, readQueueNums } of queueDatas) {
    const address = brokerDatas.find((broker) => broker.brokerName === brokerName)?.brokerAddrs['0'];
    if (address === undefined) throw new Error(`${brokerName} has no master`);
    for (let queue = 0; queue < readQueueNums; queue++) {
      const answer = await ask(address, 30, { topic, queueId: String(queue) });
      end += Number(answer.header.extFields?.offset);
    }
  }
  return end;
}
