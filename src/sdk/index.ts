export { isObject, type JsonObject, type JsonValue } from './json.js';
export type { Content, Position, SinkRecord, SourceBatch, SourceRecord, Value } from './record.js';
export { fieldTypes, type FieldType, type Schema, type SchemaField, type ValueType } from './schema.js';
export {
  ConnectorError,
  RecordsRefused,
  connectorErrorCodes,
  errorText,
  type ConnectorErrorCode,
} from './errors.js';
export {
  fine,
  problem,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
  type SinkInspectContext,
} from './finding.js';
export type { ConnectorContext, Log, SourceTaskContext, TaskContext } from './context.js';
export type { Check } from './check.js';
export type { Lag } from './lag.js';
export type { Plugin, PluginRegistry } from './plugin.js';
export type { Resources } from './resources.js';
export type {
  Adopted,
  ForeignPosition,
  SourceConnector,
  SourceDelivery,
  SourcePlugin,
  SourceTask,
} from './source.js';
export { kindOf, objectOf, parseField, readField, type Field } from './field.js';
export { parseTemplate, recordTemplate, textsByTopic, type Template } from './template.js';
export { recordsMade, throwRefused, type Refused } from './records-made.js';
export { PartlyWritten } from './partly-written.js';
export { recordId } from './record-id.js';
export { Arrivals } from './arrivals.js';
export { pushOrDrop } from './push-or-drop.js';
export { deliveredPosition, Unsettled } from './unsettled.js';
export { sharedPartition } from './shared-partition.js';
export { headersWithKey, keyAndHeaders, keyHeader } from './key-header.js';
export { KeptOpen } from './kept-open.js';
export { unlessAborted } from './unless-aborted.js';
export { within } from './within.js';
export { makeFolder } from './make-folder.js';
export { maskedUrl } from './masked-url.js';
export {
  isUnreachable,
  namesField,
  timeoutField,
  tlsField,
  tlsHint,
  tlsOptions,
  urlField,
  usually,
  type TlsFields,
  type TlsOptions,
} from './connection.js';
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
