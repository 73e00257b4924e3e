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
export {
  unknownRates,
  type ConnectorStatus,
  type Failure,
  type FailureAt,
  type GroupShareStatus,
  type Rates,
  type State,
  type StateDetail,
  type TaskStatus,
  type Wanted,
} from './status.js';
export type { GroupSyncStatus, StoredGroupSync } from './group-sync.js';
export { isProcessAlive } from './process.js';
export { ConnectorStateFile } from './connector-state.js';
export { DataDir, type BrokerAddress } from './data-dir.js';
