import { ConnectorError, type SinkRecord, type Template } from '../../src/sdk/index.js';
import type { HttpSinkConfig } from './spec.js';

/** What a record asks for. Those that go together have the same address. */
export interface RecordRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Records that have the same are sent one after the other. */
  readonly order: string;
}

/** Throws `bad_data` for records that cannot be sent. */
export function requestMaker(config: HttpSinkConfig): (record: SinkRecord) => RecordRequest {
  const { batch, token, content_type: given } = config;
  const type = given ?? (batch?.as === 'lines' ? 'application/x-ndjson' : 'application/json');
  const common = {
    'content-type': type,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const own = Object.entries(config.headers);
  return (record) => ({
    url: urlOf(record, config.url),
    headers: {
      ...common,
      ...Object.fromEntries(own.map(([name, text]) => [name.toLowerCase(), headerText(text, record)])),
    },
    body: bodyOf(record, config),
    order:
      record.key === undefined
        ? `queue ${record.topic}/${record.broker}/${record.queue}`
        : `key ${record.key}`,
  });
}

function urlOf(record: SinkRecord, template: Template<SinkRecord>): string {
  const url = template.text(record, encodeURIComponent);
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ConnectorError('bad_data', 'what url makes of the record is no http:// or https:// address', {
    hint: 'correct url, or keep such records out; what is filled in is percent-encoded, so it can be no whole address',
  });
}

function headerText(template: Template<SinkRecord>, record: SinkRecord): string {
  const text = template.text(record);
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text;
  throw new ConnectorError(
    'bad_data',
    'a header cannot have that text: it has more than one line, or is not Latin-1',
  );
}

function bodyOf(record: SinkRecord, { body, batch }: HttpSinkConfig): Buffer {
  if (body !== undefined) return Buffer.from(body.text(record));
  if (record.value !== null) return record.body;
  if (batch === undefined) return Buffer.alloc(0);
  return Buffer.from('null');
}
