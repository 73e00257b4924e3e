/**
 * What every connector has to keep, as tests for Node's own runner. A connector's test file calls
 * `acceptanceSuite` with its plugin and with drivers that know the other system.
 */
export { acceptanceSuite, type AcceptanceDrivers } from './suite.js';
export type { SinkDriver, SinkScene, SourceDriver, SourceScene } from './driver.js';
export { sinkRecord, type SinkRecordContent } from './sink-record.js';
export { MemoryState, sinkContext } from './sink-context.js';
