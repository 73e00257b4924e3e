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
  readonly #groups = new Map<string, GroupConfig>();

  constructor(file: string) {
    this.#file = file;
    const content = readJsonFile(file);
    if (content === undefined) {
      this.put(newGroup(toolsGroup));
      return;
    }
    const result = fileSchema.safeParse(content);
    if (!result.success) throw damaged(file, result.error);
    for (const group of result.data.groups) this.#groups.set(group.groupName, group);
  }

  find(group: string): GroupConfig | undefined {
    return this.#groups.get(group);
  }

  all(): GroupConfig[] {
    return [...this.#groups.values()];
  }

  put(group: GroupConfig): void {
    this.#groups.set(group.groupName, group);
    this.#save();
  }

  remove(group: string): void {
    if (this.#groups.delete(group)) this.#save();
  }

  #save(): void {
    replaceJsonFile(this.#file, { version: 1, groups: this.all() });
  }
}

export function newGroup(groupName: string): GroupConfig {
  return groupConfigSchema.parse({ groupName });
}
