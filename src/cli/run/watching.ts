import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { plugins } from '../../../connectors/index.js';
import type { WatchContext } from '../../api/watch/context.js';
import type { PageFolders } from '../../api/watch/page.js';
import { reviewEntry, type Surroundings } from '../../control/entries.js';
import { jobJsonSchema } from '../../job/schema.js';
import { History } from '../../metrics/history.js';
import { observe, type Scene } from '../../metrics/observe.js';
import { overviewOf } from '../../metrics/overview.js';
import { Metrics } from '../../metrics/registry.js';
import { sentence } from '../commands/validate.js';
import { packageRoot } from '../package-root.js';

/** Looks at a worker for its API until it is closed. */
export function watching(
  scene: Scene,
  around: Surroundings,
): { readonly context: WatchContext; close(): void } {
  const look = (): ReturnType<typeof observe> => observe(scene);
  const history = new History(look);
  history.start();
  const context: WatchContext = {
    metrics: new Metrics(look),
    history,
    overview: () => overviewOf(look()),
    tapsOf: (connector) => scene.worker.find(connector)?.monitor.taps ?? null,
    schema: () => jobJsonSchema(plugins),
    preview: async (name, entry) => {
      const { problems, definition, cluster } = await reviewEntry(name, entry, around);
      const holds = problems.every(({ severity }) => severity !== 'error');
      const known = holds && definition !== undefined && cluster !== undefined;
      return { problems, sentence: known ? `${name} ${sentence(definition, cluster)}.` : null };
    },
  };
  return {
    context,
    close: () => {
      history.close();
    },
  };
}

/** The files of the page; null where they were not built. */
export function pageFolders(): PageFolders | null {
  const folders = { written: join(packageRoot, 'src/page'), compiled: join(packageRoot, 'dist/page') };
  return existsSync(folders.written) && existsSync(folders.compiled) ? folders : null;
}
