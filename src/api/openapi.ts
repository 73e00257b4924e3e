import { z } from 'zod';
import { schemaOf } from '../job/outline.js';
import { json, route, type Route } from './route.js';

/** The description of the API, made from the routes and the schemas that check what comes. */
function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of routes) {
    const methods = (paths[one.path] ??= {});
    methods[one.method.toLowerCase()] = operation(one);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'rmq-connect',
      version,
      description: 'A worker: its connectors, tasks, offsets and health.',
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: z.toJSONSchema(errorSpec) },
    },
    security: [{ token: [] }, {}],
  };
}

/** The route that tells it. `routes`: asked when it is told, so that it is among them. */
export const openApiRoute = (routes: () => readonly Route[], version: string): Route =>
  route('GET', '/openapi.json', {
    summary: 'This description.',
    handle: () => json(openApi(routes(), version)),
  });

const errorSpec = z.object({
  error_code: z.int(),
  message: z.string(),
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    problems: z.array(z.unknown()).optional(),
  }),
});

function operation({ method, path, summary, query, body, status, open }: Route): object {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const error = { description: 'What is wrong.', content: content({ $ref: '#/components/schemas/Error' }) };
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, ''),
    summary,
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(query === null ? [] : queryParameters(query)),
    ],
    ...(body !== null && { requestBody: { required: true, content: content(schemaOf(body)) } }),
    responses: { [status]: { description: 'Done.' }, '4XX': error },
    ...(open && { security: [] }),
  };
}

const content = (schema: object): object => ({ 'application/json': { schema } });

const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).default({}),
});

function queryParameters(spec: z.ZodType): readonly object[] {
  const { properties } = objectSchema.parse(schemaOf(spec));
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description !== undefined && { description }),
    schema,
  }));
}
