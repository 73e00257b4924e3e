import type { ConnectorState, Delivery, JsonValue, SinkContext } from '../index.js';
import { context } from './session.js';

/** What the worker gives to a sink; `state` outlives the connector, as the data directory does. */
export const sinkContext = (
  baseDir: string,
  delivery: Delivery = 'at_least_once',
  state: ConnectorState = new MemoryState(),
): SinkContext => ({
  ...context(baseDir, false),
  group: 'connect-acceptance',
  delivery,
  state,
  undisturbed: true,
});

/** A connector's state that is kept as JSON, but in memory. */
export class MemoryState implements ConnectorState {
  #text = 'null';

  read(): Promise<JsonValue> {
    return Promise.resolve(JSON.parse(this.#text) as JsonValue);
  }

  write(value: JsonValue): Promise<void> {
    this.#text = JSON.stringify(value);
    return Promise.resolve();
  }
}
