export { readFileIfThere, writeFileAtomic } from './atomic-file.js';
export { jsonValue } from './json-value.js';
export { CorruptFileError, type JsonFile } from './json-file.js';
export { acquireLock, isLeftBehind, LockedError, type Lock, type LockOwner } from './lock.js';
export {
  ConnectorStore,
  type LetterMarks,
  type StoredDefinition,
  type StoredMark,
  type StoredPartition,
  type StoredPositions,
  type StoredQueueMarks,
} from './connector-store.js';
export type {
  ConnectorStatus,
  Failure,
  FailureAt,
  GroupShareStatus,
  State,
  StateDetail,
  TaskStatus,
  Wanted,
} from './status.js';
export { unknownRates, type CopiedStatus, type Rates, type RouteStatus } from './route-status.js';
export type { GroupSyncStatus, StoredGroupSync } from './group-sync.js';
export { isProcessAlive } from './process.js';
export { ConnectorStateFile } from './connector-state.js';
export { DataDir, type ApiAddress, type BrokerAddress } from './data-dir.js';
