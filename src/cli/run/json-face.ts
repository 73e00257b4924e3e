import type { WorkerEvent } from '../../worker/worker.js';
import type { Output } from '../output.js';
import type { ConnectorView, RunFace } from './face.js';
import { summaryFields } from './line-face.js';

const statusEveryMs = 2_000;

/** Adds the lines for scripts on stdout to a face that talks on stderr. */
export function withJsonLines(face: RunFace, out: Output): RunFace {
  let timer: NodeJS.Timeout | null = null;
  const at = (): string => new Date().toISOString();
  return {
    phase: (title, work) => face.phase(title, work),
    watch: (view: () => readonly ConnectorView[]): void => {
      face.watch(view);
      timer = setInterval(() => {
        out.jsonLine({ type: 'status', at: at(), connectors: view().map(summaryFields) });
      }, statusEveryMs);
    },
    event: (event: WorkerEvent): void => {
      const { type, ...fields } = event;
      out.jsonLine({ type: 'event', at: at(), event: type, ...fields });
      face.event(event);
    },
    say: (text) => {
      face.say(text);
    },
    debug: (text) => {
      face.debug(text);
    },
    stopping: (text) => {
      face.stopping(text);
    },
    log: face.log,
    close: (): void => {
      if (timer !== null) clearInterval(timer);
      face.close();
    },
  };
}
