import type { ChannelModel } from 'amqplib';
import { maskedUrl, tlsOptions, type ConnectorContext } from '../../src/sdk/index.js';
import { rabbitError } from './errors.js';
import type { RabbitSourceConfig } from './spec.js';

export type Connection = Pick<RabbitSourceConfig, 'url' | 'tls' | 'timeout_ms'>;

/** One connection, made once: when it breaks, whoever uses it decides what to do again. */
export interface Link {
  readonly connection: ChannelModel;
  readonly where: string;
  /** Rejects when the connection is gone. */
  readonly lost: Promise<never>;
  /** Idempotent. */
  close(): Promise<void>;
}

export async function openLink(
  { url, tls, timeout_ms: timeout }: Connection,
  { baseDir }: Pick<ConnectorContext, 'baseDir'>,
): Promise<Link> {
  const { connect } = await import('amqplib');
  const where = maskedUrl(url);
  const secure = tls === undefined ? {} : await tlsOptions(tls, baseDir);
  let connection: ChannelModel;
  try {
    connection = await connect(tls === undefined ? url : url.replace(/^amqp:/, 'amqps:'), {
      ...secure,
      timeout,
    });
  } catch (error) {
    throw rabbitError(error, where, 'connect');
  }
  let closed = false;
  const lost = new Promise<never>((_resolve, reject) => {
    let last: unknown;
    connection.on('error', (error) => {
      last = error;
    });
    connection.on('close', (error) => {
      closed = true;
      reject(rabbitError(last ?? error ?? new Error('the connection is closed'), where, 'connection'));
    });
  });
  lost.catch(() => undefined);
  return {
    connection,
    where,
    lost,
    close: async () => {
      if (closed) return;
      closed = true;
      await connection.close().catch(() => undefined);
    },
  };
}
