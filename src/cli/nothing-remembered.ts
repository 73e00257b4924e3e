import { dataDirOption } from './data-dir-option.js';

/** What a list of connectors or tasks says where there is none. `dataDir`: absolute. */
export const nothingRemembered = (what: 'connector' | 'task', dataDir: string): string =>
  `${dataDir} remembers no ${what}; start some with rmq-connect run FILE${dataDirOption(dataDir)}`;
