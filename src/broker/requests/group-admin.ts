import { groupConfigSchema } from '../groups.js';
import { groupNameProblem } from '../names.js';
import { requestCode as code, responseCode } from './codes.js';
import { addressFor } from './routes.js';
import { flag, jsonBody, ok, okJson, RequestError, text, type Handler } from './request.js';

const updateGroup: Handler = (request, broker) => {
  const config = jsonBody(request, groupConfigSchema);
  const problem = groupNameProblem(config.groupName);
  if (problem !== null) throw new RequestError(responseCode.invalidParameter, problem);
  broker.groups.put(config);
  return ok();
};

const deleteGroup: Handler = (request, broker) => {
  const group = text(request, 'groupName');
  broker.groups.remove(group);
  if (flag(request, 'cleanOffset', false)) broker.offsets.forgetGroup(group);
  return ok();
};

const groupConfig: Handler = (request, broker) => {
  const group = text(request, 'group');
  const config = broker.groups.find(group);
  if (config !== undefined) return okJson(config);
  throw new RequestError(responseCode.groupNotExist, `No group in this broker. group: ${group}`);
};

const allGroups: Handler = (_request, broker) => {
  const groups = broker.groups.all();
  return {
    ...okJson({
      dataVersion: { counter: 0, stateVersion: 0, timestamp: broker.startedAt },
      forbiddenTable: {},
      subscriptionGroupTable: Object.fromEntries(groups.map((group) => [group.groupName, group])),
    }),
    fields: { totalGroupNum: String(groups.length) },
  };
};

const groupsOfTopic: Handler = (request, broker) => {
  const topic = text(request, 'topic');
  const groups = new Set([...broker.clients.subscribersOf(topic), ...broker.offsets.groupsOf(topic)]);
  return okJson({ groupList: [...groups] });
};

const topicsOfGroup: Handler = (request, broker) =>
  okJson({
    brokerAddr: addressFor(request, broker),
    topicList: broker.offsets.topicsOf(text(request, 'group')),
  });

export const groupAdminHandlers: readonly (readonly [number, Handler])[] = [
  [code.updateGroup, updateGroup],
  [code.deleteGroup, deleteGroup],
  [code.groupConfig, groupConfig],
  [code.allGroups, allGroups],
  [code.groupsOfTopic, groupsOfTopic],
  [code.topicsOfGroup, topicsOfGroup],
];
