import type { SinkConnector, SinkPlugin, SinkRecord, SinkTask } from '../index.js';
import type { SinkDriver } from './driver.js';

/** The sink, given the texts of the tests as the values that it takes. */
export function shaped(sink: SinkPlugin, driver: SinkDriver): SinkPlugin {
  if (driver.value === undefined) return sink;
  const valueOf = driver.value.bind(driver);
  const shape = (record: SinkRecord): SinkRecord =>
    Buffer.isBuffer(record.value) ? { ...record, value: valueOf(record.value.toString()) } : record;
  const task = (its: SinkTask): SinkTask => ({
    write: (records, signal, upTo) => its.write(records.map(shape), signal, upTo),
    ...(its.flush === undefined ? {} : { flush: () => its.flush?.() ?? Promise.resolve() }),
    close: () => its.close(),
  });
  const connector = (its: SinkConnector): SinkConnector => ({
    open: async (context) => task(await its.open(context)),
    ...(its.offsets === undefined ? {} : { offsets: its.offsets }),
    close: () => its.close(),
  });
  return { ...sink, start: async (config, context) => connector(await sink.start(config, context)) };
}
