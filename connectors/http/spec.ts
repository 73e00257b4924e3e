import { z } from 'zod';
import {
  recordTemplate,
  timeoutField,
  tlsField,
  urlField,
  usually,
  type TlsFields,
} from '../../src/sdk/index.js';
import { placeOf } from './listening.js';

const token = z
  .string()
  .min(1)
  .meta({ secret: true })
  .optional()
  .describe('A bearer token: asked for by the server, sent by the poller and the sink.');
const place = z.string().regex(/^[^.]+(\.[^.]+)*$/);

/** `path`: of the field, in `config`. */
type Complain = (path: readonly string[], message: string, hint?: string) => void;

const complaintsTo =
  (context: z.core.$RefinementCtx): Complain =>
  (path, message, hint) => {
    const params = hint === undefined ? {} : { params: { hint } };
    context.addIssue({ code: 'custom', path: [...path], message, ...params });
  };

/** Settings that would do nothing are no settings: somebody counts on them. */
function checkClientTls(tls: TlsFields | undefined, url: string, complain: Complain): void {
  if (tls === undefined || !/^http:/i.test(url)) return;
  complain(['tls'], 'does nothing for an http:// address', 'write https:// in url, or leave out tls');
}

/** Of an address that is a template; `urlField` does the same for those that are none. */
function checkCredentials(template: string, complain: Complain): void {
  try {
    decodeURIComponent(/^https?:\/\/([^/?#]*)@/i.exec(template)?.[1] ?? '');
  } catch {
    const hint = '% itself is written as %25 in a user or a password';
    complain(['url'], 'has a % that is not part of a letter written as %XX', hint);
  }
}

function checkServerTls(tls: TlsFields | undefined, complain: Complain): void {
  if (tls === undefined) return;
  if (tls.cert_file === undefined)
    complain(['tls', 'cert_file'], 'is missing: a server shows a certificate', 'or leave out tls');
  for (const field of ['ca_file', 'server_name', 'verify'] as const)
    if (tls[field] !== undefined && tls[field] !== true)
      complain(['tls', field], 'is for mode: poll: the server asks nobody for a certificate');
}

const onlyFor = {
  server: ['listen', 'path', 'max_body_bytes', 'max_waiting'],
  poll: ['url', 'headers', 'poll_ms', 'items', 'cursor'],
} as const;

/** What holds in a mode where nothing is said. */
export const usual = { path: '/', bodyBytes: 4 * 1024 * 1024, waiting: 1_000, pollMs: 10_000 } as const;

export const sourceSpec = z
  .strictObject({
    mode: z
      .enum(['server', 'poll'])
      .default('server')
      .describe(
        'server: takes POSTs, and answers when RocketMQ has the records. poll: GETs an address now and then.',
      ),
    token,
    tls: tlsField.describe(
      'server: cert_file and key_file make it HTTPS. poll: settings for https://. Files are relative to the job file.',
    ),
    timeout_ms: timeoutField.describe(
      'How long to wait for an answer; server: for RocketMQ, before it answers 504.',
    ),
    listen: z
      .string()
      .regex(/^(.+:)?\d{1,5}$/)
      .refine((listen) => placeOf(listen).port <= 65_535, 'has a port beyond 65535')
      .optional()
      .describe('server: port, or host:port; the host is 127.0.0.1 by default.'),
    path: usually(z.string().startsWith('/'), usual.path).describe('server: the path that takes POSTs.'),
    max_body_bytes: usually(z.int().min(1), usual.bodyBytes).describe(
      'server: larger bodies are answered with 413.',
    ),
    max_waiting: usually(z.int().min(1), usual.waiting).describe(
      'server: with more requests unanswered, or 64 MiB of bodies, further ones get 503.',
    ),
    url: urlField(['http:', 'https:'], 'poll: the address.').optional(),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .describe('poll: headers to send; not shown, like passwords.')
      .meta({ secret: true }),
    poll_ms: usually(z.int().min(10), usual.pollMs).describe(
      'poll: how long to wait after a page that had nothing new; without cursor, after each answer.',
    ),
    items: place
      .optional()
      .describe('poll: where the list of records is in the answer (data.items); default: the answer itself.'),
    cursor: z
      .strictObject({
        param: z.string().min(1).describe('The query parameter that asks for what comes behind a cursor.'),
        from: place.describe('Where the next cursor is in the answer (meta.next).'),
      })
      .optional()
      .describe('poll: pages that go on behind a cursor. Without it the ETag tells whether anything is new.'),
  })
  .superRefine((given, context) => {
    const complain = complaintsTo(context);
    const { mode, tls, url, listen } = given;
    const other = mode === 'server' ? 'poll' : 'server';
    for (const field of onlyFor[other])
      if (given[field] !== undefined) complain([field], `is for mode: ${other}`);
    if (mode === 'server') {
      if (listen === undefined) complain(['listen'], 'is missing: give a port, or host:port');
      checkServerTls(tls, complain);
      return;
    }
    if (url === undefined) complain(['url'], 'is missing: give the address to poll');
    else checkClientTls(tls, url, complain);
  });

export type HttpSourceConfig = z.infer<typeof sourceSpec>;

export const sinkSpec = z
  .strictObject({
    url: recordTemplate
      .describe(
        'The address, filled in for each record (what is filled in is percent-encoded): https://host/orders/{key}.',
      )
      .meta({ secret: true }),
    method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).default('POST').describe('The method.'),
    headers: z
      .record(z.string().min(1), recordTemplate)
      .default({})
      .describe('Headers, filled in for each record; of a batch, for its first. Not shown, like passwords.')
      .meta({ secret: true }),
    content_type: z
      .string()
      .optional()
      .describe('The Content-Type; default application/json, application/x-ndjson for batches of lines.'),
    body: recordTemplate
      .optional()
      .describe('The body, filled in; with batch, what each record has in it. Default: the value as it is.'),
    batch: z
      .strictObject({
        records: z.int().min(1).max(10_000).describe('Records of a request, at the most.'),
        as: z
          .enum(['json_array', 'lines'])
          .default('json_array')
          .describe('A JSON array of the values, or one a line.'),
      })
      .optional()
      .describe('Several records a request: those that come together, and go to the same address.'),
    token,
    tls: tlsField.describe('Settings for https://. Files are relative to the job file.'),
    timeout_ms: timeoutField,
    concurrency: z
      .int()
      .min(1)
      .max(256)
      .default(8)
      .describe(
        'Requests at a time. Records with the same key (without one: of the same queue) wait for each other.',
      ),
  })
  .superRefine(({ tls, url }, context) => {
    const complain = complaintsTo(context);
    checkClientTls(tls, url.source, complain);
    checkCredentials(url.source, complain);
  });

export type HttpSinkConfig = z.infer<typeof sinkSpec>;
