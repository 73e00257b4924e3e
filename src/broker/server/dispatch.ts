import { flagResponse, type Frame } from '../../rocketmq/remoting/codec/frame.js';
import type { Broker } from '../broker.js';
import { messageOf } from '../broker-log.js';
import { responseCode } from '../requests/codes.js';
import { held, RequestError } from '../requests/request.js';
import { handlers } from '../requests/table.js';
import type { Answer, Connection } from './connection.js';

/** Has one request done and answered. Never throws. */
export function dispatch(connection: Connection, frame: Frame, broker: Broker): void {
  // A client's answer to something it was told; nothing waits for one.
  if ((frame.header.flag & flagResponse) !== 0) return;
  const handler = handlers.get(frame.header.code);
  if (handler === undefined) {
    broker.log.warn(
      `${connection.remoteAddress} asked for request ${frame.header.code}, which is not supported`,
    );
    const remark = ` request type ${frame.header.code} not supported`;
    connection.answer(frame, { code: responseCode.notSupported, remark });
    return;
  }
  try {
    const result = handler({ frame, connection }, broker);
    if (result === held) return;
    if (!(result instanceof Promise)) {
      connection.answer(frame, result);
      return;
    }
    result.then(
      (answer) => {
        connection.answer(frame, answer);
      },
      (error: unknown) => {
        connection.answer(frame, failure(frame, error, broker));
      },
    );
  } catch (error) {
    connection.answer(frame, failure(frame, error, broker));
  }
}

function failure(frame: Frame, error: unknown, broker: Broker): Answer {
  if (error instanceof RequestError) return { code: error.code, remark: error.message, fields: {} };
  broker.log.error(`request ${frame.header.code} failed: ${messageOf(error)}`);
  return { code: responseCode.systemError, remark: messageOf(error), fields: {} };
}
