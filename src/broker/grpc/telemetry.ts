import type { ServerDuplexStream } from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type { TelemetryCommand } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type { Broker } from '../broker.js';
import { callerOf } from './caller.js';
import { settingsAnswer } from './client-settings.js';
import { failureStatus, okStatus } from './failure.js';
import type { Members } from './members.js';

export type TelemetryCall = ServerDuplexStream<TelemetryCommand, TelemetryCommand>;

/**
 * rocketmq-client-nodejs 1.0.8 starts to wait for its settings only after it has the routes of all its
 * topics: an answer that comes earlier is lost, and a start with three topics or more hangs for 5 minutes.
 * Can go when the client keeps what came before it waits.
 */
const answerDelayMs = 150;

/** Clients that are connected: a client keeps a telemetry stream open as long as it lives. */
export class TelemetrySessions {
  readonly #open = new Map<string, Set<TelemetryCall>>();
  readonly #members: Members;

  constructor(members: Members) {
    this.#members = members;
  }

  isConnected(clientId: string): boolean {
    return this.#open.has(clientId);
  }

  close(): void {
    for (const calls of this.#open.values()) {
      for (const call of calls) call.end();
    }
  }

  /** Takes part in a client's stream until it ends. */
  open(broker: Broker, call: TelemetryCall): void {
    const caller = callerOf(call);
    const { clientId } = caller;
    const calls = this.#open.get(clientId) ?? new Set<TelemetryCall>();
    this.#open.set(clientId, calls.add(call));
    let ended = false;
    const end = (): void => {
      ended = true;
      calls.delete(call);
      if (calls.size > 0 || this.#open.get(clientId) !== calls) return;
      this.#open.delete(clientId);
      this.#members.left(clientId);
    };
    call.on('data', (command: TelemetryCommand) => {
      if (!command.hasSettings()) return;
      const answer = answerTo(broker, command);
      const settings = command.getSettings();
      if (!ended && settings !== undefined && answer.hasSettings()) this.#members.joined(caller, settings);
      setTimeout(() => {
        if (!ended) call.write(answer);
      }, answerDelayMs);
    });
    call.on('end', () => {
      end();
      call.end();
    });
    call.on('cancelled', end);
    // A client may go at any time; its stream is gone with it.
    call.on('error', end);
  }
}

function answerTo(broker: Broker, command: TelemetryCommand): TelemetryCommand {
  const answer = new service.TelemetryCommand();
  try {
    const settings = settingsAnswer(broker, command.getSettings() ?? new definition.Settings());
    return answer.setStatus(okStatus()).setSettings(settings);
  } catch (error) {
    return answer.setStatus(failureStatus(broker, 'Telemetry', error));
  }
}
