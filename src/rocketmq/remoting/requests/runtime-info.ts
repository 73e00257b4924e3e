import type { Ask } from '../request.js';
import { accepted, objectIn, objectOf, textIn } from '../answer.js';

/** GET_BROKER_RUNTIME_INFO (28), broker. No fields. Body of the answer: {table: {name: text}}. */
export async function queryRuntimeInfo(ask: Ask): Promise<(name: string) => string | undefined> {
  const answer = await ask({ code: 28, name: 'GET_BROKER_RUNTIME_INFO', fields: {} });
  const table = objectIn(objectOf(accepted(answer)), 'table');
  return (name) => textIn(table, name);
}
