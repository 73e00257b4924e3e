import { z } from 'zod';
import { damaged, readJsonFile, replaceJsonFile } from './storage/json-file.js';

/** A consumer group's configuration, with RocketMQ's names; fields the broker does not use are kept. */
export const groupConfigSchema = z.looseObject({
  groupName: z.string(),
  consumeEnable: z.boolean().default(true),
  consumeFromMinEnable: z.boolean().default(true),
  consumeBroadcastEnable: z.boolean().default(true),
  consumeMessageOrderly: z.boolean().default(false),
  retryQueueNums: z.number().int().default(1),
  retryMaxTimes: z.number().int().default(16),
  groupRetryPolicy: z
    .looseObject({})
    .nullish()
    .transform((policy) => policy ?? { type: 'CUSTOMIZED' }),
  brokerId: z.number().int().default(0),
  whichBrokerWhenConsumeSlowly: z.number().int().default(1),
  notifyConsumerIdsChangedEnable: z.boolean().default(true),
  groupSysFlag: z.number().int().default(0),
  consumeTimeoutMinute: z.number().int().default(15),
  attributes: z
    .record(z.string(), z.string())
    .nullish()
    .transform((attributes) => attributes ?? {}),
});
export type GroupConfig = z.infer<typeof groupConfigSchema>;
const fileSchema = z.object({ version: z.literal(1), groups: z.array(groupConfigSchema) });

/** Group of RocketMQ's own tools, which look at messages with it. */
const toolsGroup = 'TOOLS_CONSUMER';

/** The groups there are; a change is on the disk when the call that made it returns. */
export class Groups {
  readonly #file: string;
  #groups: ReadonlyMap<string, GroupConfig> = new Map();

  constructor(file: string) {
    this.#file = file;
    const content = readJsonFile(file);
    if (content === undefined) {
      this.put(newGroup(toolsGroup));
      return;
    }
    const result = fileSchema.safeParse(content);
    if (!result.success) throw damaged(file, result.error);
    this.#groups = new Map(result.data.groups.map((group) => [group.groupName, group]));
  }

  find(group: string): GroupConfig | undefined {
    return this.#groups.get(group);
  }

  all(): GroupConfig[] {
    return [...this.#groups.values()];
  }

  put(group: GroupConfig): void {
    this.#replace(new Map(this.#groups).set(group.groupName, group));
  }

  remove(group: string): void {
    const rest = new Map(this.#groups);
    if (rest.delete(group)) this.#replace(rest);
  }

  /** The file first: what it does not take, as on a full disk, is not done at all. */
  #replace(groups: ReadonlyMap<string, GroupConfig>): void {
    replaceJsonFile(this.#file, { version: 1, groups: [...groups.values()] });
    this.#groups = groups;
  }
}

export function newGroup(groupName: string): GroupConfig {
  return groupConfigSchema.parse({ groupName });
}
