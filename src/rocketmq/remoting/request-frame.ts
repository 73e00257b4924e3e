import type { Credentials } from '../credentials.js';
import { encodeFrame, flagResponse, type Frame } from './codec/frame.js';
import type { Answer, Request } from './request.js';
import { sign } from './signature.js';

/** The version we speak as: 4.9.4, the first to which brokers send routes as standard JSON. */
const version = 401;
const noFields: Readonly<Record<string, string>> = {};
const noBody = Buffer.alloc(0);

/** The request as buffers to be written one after the other; its body is not copied. */
export function encodeRequest(request: Request, opaque: number, credentials?: Credentials): Buffer[] {
  const fields: Record<string, string> = {};
  for (const name in request.fields) fields[name] = String(request.fields[name]);
  const body = request.body ?? noBody;
  const header = {
    code: request.code,
    language: 'OTHER',
    version,
    opaque,
    flag: 0,
    extFields: credentials === undefined ? fields : sign(fields, body, credentials),
    serializeTypeCurrentRPC: 'JSON',
  };
  return encodeFrame(header, body);
}

export function decodeAnswer({ header, body }: Frame, request: Request, address: string): Answer {
  return {
    code: header.code,
    remark: header.remark ?? '',
    fields: header.extFields ?? noFields,
    body,
    address,
    request,
  };
}

/** The answer to a request of the server that wants one and that we have no answer to. */
export function encodeRefusal(opaque: number, code: number, remark: string): Buffer[] {
  const header = { code, language: 'OTHER', version, opaque, flag: flagResponse, remark };
  return encodeFrame({ ...header, extFields: noFields, serializeTypeCurrentRPC: 'JSON' }, noBody);
}
