import { requestCode as code, responseCode } from './codes.js';
import { ok, okJson, RequestError, text, type Handler } from './request.js';

const put: Handler = (request, broker) => {
  const namespace = text(request, 'namespace');
  const values = broker.keyValues.get(namespace) ?? new Map<string, string>();
  broker.keyValues.set(namespace, values.set(text(request, 'key'), text(request, 'value')));
  return ok();
};

const get: Handler = (request, broker) => {
  const namespace = text(request, 'namespace');
  const key = text(request, 'key');
  const value = broker.keyValues.get(namespace)?.get(key);
  if (value !== undefined) return ok({ value });
  throw new RequestError(responseCode.queryNotFound, `No config item, Namespace: ${namespace} Key: ${key}`);
};

const remove: Handler = (request, broker) => {
  broker.keyValues.get(text(request, 'namespace'))?.delete(text(request, 'key'));
  return ok();
};

const byNamespace: Handler = (request, broker) => {
  const namespace = text(request, 'namespace');
  const values = broker.keyValues.get(namespace);
  if (values !== undefined) return okJson({ table: Object.fromEntries(values) });
  throw new RequestError(responseCode.queryNotFound, `No config item, Namespace: ${namespace}`);
};

export const keyValueHandlers: readonly (readonly [number, Handler])[] = [
  [code.putKeyValue, put],
  [code.getKeyValue, get],
  [code.deleteKeyValue, remove],
  [code.keyValuesByNamespace, byNamespace],
];
