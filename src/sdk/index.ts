export type { JsonObject, JsonValue } from './json.js';
export type { Content, Position, SinkRecord, SourceBatch, SourceRecord, Value } from './record.js';
export { fieldTypes, type FieldType, type Schema, type SchemaField, type ValueType } from './schema.js';
export { ConnectorError, RecordsRefused, connectorErrorCodes, type ConnectorErrorCode } from './errors.js';
export type { ConnectorContext, Log, TaskContext } from './context.js';
export type { Check, Lag, Plugin, PluginRegistry, Resources } from './plugin.js';
export type { Adopted, ForeignPosition, SourceConnector, SourcePlugin, SourceTask } from './source.js';
export type {
  ConnectorState,
  Delivery,
  OffsetsContext,
  QueueOffset,
  SinkContext,
  SinkDelivery,
  SinkOffsets,
} from './offsets.js';
export type { SinkConnector, SinkPlugin, SinkTask } from './sink.js';
