import { tlsOptions, type TlsOptions } from '../../src/sdk/index.js';
import type { ConnectionFields } from './connection.js';

/** Where a database is and who asks: what drivers want to know. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: TlsOptions | null;
}

export interface Defaults {
  readonly port: number;
  readonly user: string;
}

/** `url` says it, or the single fields do; a field that stands beside the url wins. */
export async function placeOf(fields: ConnectionFields, defaults: Defaults, baseDir: string): Promise<Place> {
  const url = fields.url === undefined ? null : new URL(fields.url);
  const user = fields.user ?? (decodeURIComponent(url?.username ?? '') || defaults.user);
  const database = fields.database ?? (decodeURIComponent(url?.pathname.slice(1) ?? '') || user);
  const inUrl = decodeURIComponent(url?.password ?? '');
  const password = fields.password ?? (inUrl === '' ? undefined : inUrl);
  return {
    host: fields.host ?? hostOf(url) ?? '127.0.0.1',
    port: fields.port ?? (Number(url?.port) || defaults.port),
    user,
    password,
    database,
    tls: fields.tls === undefined ? null : await tlsOptions(fields.tls, baseDir),
  };
}

/** Of an address of IPv6 without its brackets. */
function hostOf(url: URL | null): string | undefined {
  const host = url?.hostname.replace(/^\[|\]$/g, '');
  return host === '' ? undefined : host;
}

/** `host:port/database`, without a password. */
export const placeText = ({ host, port, database }: Place): string => `${host}:${String(port)}/${database}`;
