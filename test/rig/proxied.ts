/** A real RocketMQ behind its proxy, as clusters are run where others own them: a client makes nothing by using it. */
import { copyJob, type CopyJob } from './copy-job.js';
import { startRocketmq, type RealRocketmq } from './rocketmq.js';
import { startProxy, type RealProxy } from './rocketmq/proxy.js';

export class Proxied {
  readonly rocketmq: RealRocketmq;
  readonly proxy: RealProxy;

  private constructor(rocketmq: RealRocketmq, proxy: RealProxy) {
    this.rocketmq = rocketmq;
    this.proxy = proxy;
  }

  static async start(name: string): Promise<Proxied> {
    const brokerConfig = { autoCreateTopicEnable: 'false', autoCreateSubscriptionGroup: 'false' };
    const rocketmq = await startRocketmq({ name, brokerConfig });
    return new Proxied(rocketmq, await startProxy(rocketmq));
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.rocketmq.stop();
  }

  /** With its topic and group there, as somebody else has to make them. */
  async job(lines: number, topic: string): Promise<CopyJob> {
    const job = await copyJob({ lines, topic, endpoints: this.proxy.endpoint });
    await this.makeTopic(topic);
    await this.makeGroup(job.group);
    return job;
  }

  async makeTopic(topic: string, type: 'NORMAL' | 'FIFO' = 'NORMAL'): Promise<void> {
    const queues = ['-r', '8', '-w', '8'];
    const where = ['-c', this.rocketmq.clusterName];
    await this.rocketmq.admin([
      'updateTopic',
      ...where,
      '-t',
      topic,
      ...queues,
      '-a',
      `+message.type=${type}`,
    ]);
  }

  async makeGroup(group: string): Promise<void> {
    await this.rocketmq.admin(['updateSubGroup', '-c', this.rocketmq.clusterName, '-g', group]);
  }
}
