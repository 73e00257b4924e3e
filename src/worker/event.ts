import type { Failure } from '../store/index.js';

/** Something a person wants to know of while a worker runs. */
export interface WorkerEvent {
  readonly type:
    | 'topic_created'
    | 'connector_started'
    | 'connector_finished'
    | 'connector_stopped'
    | 'connector_paused'
    | 'connector_added'
    | 'connector_changed'
    | 'connector_removed'
    | 'connector_failed'
    | 'task_failed'
    | 'task_restarting'
    | 'task_recovered'
    | 'task_stalled'
    | 'standby'
    | 'tasks_changed'
    | 'recovering'
    | 'warning';
  readonly connector: string;
  readonly task?: number;
  readonly message: string;
  readonly error?: Failure;
}
