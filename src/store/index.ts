export { CorruptFileError, type JsonFile } from './json-file.js';
export { acquireLock, LockedError, type Lock, type LockOwner } from './lock.js';
export {
  ConnectorStore,
  type LetterMarks,
  type StoredDefinition,
  type StoredPartition,
  type StoredPositions,
} from './connector-store.js';
export type { ConnectorStatus, Failure, State, TaskStatus, Wanted } from './status.js';
export { isProcessAlive } from './process.js';
export { DataDir, type BrokerAddress } from './data-dir.js';
