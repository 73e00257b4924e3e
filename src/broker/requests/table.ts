import { findMessageHandlers } from './find-messages.js';
import { groupAdminHandlers } from './group-admin.js';
import { keyValueHandlers } from './key-values.js';
import { membershipHandlers } from './membership.js';
import { offsetHandlers } from './offsets.js';
import { pullHandlers } from './pull.js';
import type { Handlers } from './request.js';
import { routeHandlers } from './routes.js';
import { runtimeInfoHandlers } from './runtime-info.js';
import { sendHandlers } from './send.js';
import { statsHandlers } from './stats.js';
import { topicAdminHandlers } from './topic-admin.js';

/** Every request the broker knows, by its code. */
export const handlers: Handlers = new Map([
  ...routeHandlers,
  ...keyValueHandlers,
  ...sendHandlers,
  ...pullHandlers,
  ...offsetHandlers,
  ...topicAdminHandlers,
  ...groupAdminHandlers,
  ...membershipHandlers,
  ...statsHandlers,
  ...findMessageHandlers,
  ...runtimeInfoHandlers,
]);
