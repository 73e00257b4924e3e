import { z } from 'zod';
import { always } from '../stages/index.js';
import { parseAddress, parseEndpoints, parseNameservers, type Addresses } from './address.js';
import { complain } from './complain.js';

/** What `rocketmq:` may hold. */

const addressList = (parse: (text: string) => Addresses): z.ZodType<readonly string[]> =>
  z.string().transform((text, context) => {
    const parsed = parse(text);
    if ('addresses' in parsed) return parsed.addresses;
    complain(context, parsed.complaint);
    return z.NEVER;
  });

const oneOrMore = (parse: (text: string) => Addresses): z.ZodType<readonly string[]> => {
  const text = addressList(parse);
  return z.union([text, z.array(text).min(1)]).transform((given) => [...new Set(given.flat())]);
};

const nameservers = oneOrMore(parseNameservers).describe(
  'Name servers: host:port, a list, or several with ; between them. The port is 9876 by default.',
);

const endpoints = oneOrMore(parseEndpoints).describe(
  'gRPC proxies, where only they can be reached: host:port, a list, or several with ; between them. ' +
    'The port is 8081 by default.',
);

const brokerAddress = z.string().transform((text, context) => {
  const parsed = parseAddress(text);
  if ('address' in parsed) return parsed.address;
  complain(context, parsed.complaint);
  return z.NEVER;
});

const addressMap = z
  .record(brokerAddress, brokerAddress)
  .describe('Broker addresses as the cluster announces them: as they can be reached from here.');

interface Given {
  readonly nameserver?: unknown;
  readonly endpoints?: unknown;
  readonly transport?: unknown;
  readonly access_key?: unknown;
  readonly secret_key?: unknown;
  readonly namespace?: unknown;
  readonly tls?: unknown;
  readonly address_map?: unknown;
}

const keys = {
  access_key: z.string().min(1).optional().describe('ACL access key.').meta({ secret: true }),
  secret_key: z.string().min(1).optional().describe('ACL secret key.').meta({ secret: true }),
};

export const rocketmqSpec = z
  .strictObject({
    nameserver: nameservers.optional(),
    endpoints: endpoints.optional(),
    transport: z
      .enum(['remoting', 'grpc'])
      .optional()
      .describe(
        'How data travels where both nameserver and endpoints are given: remoting (default) or grpc.',
      ),
    ...keys,
    namespace: z.string().min(1).optional().describe('Namespace of topics and groups behind the proxies.'),
    tls: z.boolean().optional().describe('Whether the proxies are spoken to with TLS; default false.'),
    address_map: addressMap.optional(),
  })
  .superRefine((given: Given, context) => {
    if (typeof given !== 'object') return;
    checkKeys(given, context);
    checkWays(given, context);
  }, always)
  .describe('Where RocketMQ is; without it, the embedded broker.');

/** One end of a mirror: a cluster of its own, or the job's. */
export const endSpec = (name: z.ZodString) =>
  z
    .strictObject({
      name,
      nameserver: nameservers.optional(),
      access_key: keys.access_key,
      secret_key: keys.secret_key,
      address_map: addressMap.optional(),
    })
    .superRefine((given: Given, context) => {
      if (typeof given !== 'object') return;
      checkKeys(given, context);
      for (const key of ['access_key', 'secret_key', 'address_map'] as const) {
        if (given.nameserver !== undefined || given[key] === undefined) continue;
        const hint = 'add nameserver: HOST:PORT, or remove it';
        complain(context, { message: 'is for a nameserver, and there is none', hint }, [key]);
      }
    }, always);

function checkKeys(given: Given, context: z.RefinementCtx): void {
  if ((given.access_key === undefined) === (given.secret_key === undefined)) return;
  const missing = given.access_key === undefined ? 'access_key' : 'secret_key';
  const message = 'is missing: access_key and secret_key belong together';
  complain(context, { message, hint: `add ${missing}` }, [missing]);
}

/** What has to be there for the way that data goes, and what has no meaning on it. */
function checkWays(given: Given, context: z.RefinementCtx): void {
  const { nameserver, endpoints: proxies, transport } = given;
  if (nameserver === undefined && proxies === undefined) {
    const hint = 'add nameserver (host:port), or endpoints (host:port) where only a proxy can be reached';
    complain(context, { message: 'is missing', hint }, ['nameserver']);
    return;
  }
  if (transport === 'grpc' && proxies === undefined) {
    const hint = 'add endpoints: HOST:8081, or take transport out';
    complain(context, { message: 'is grpc, but there are no endpoints', hint }, ['transport']);
  }
  if (transport === 'remoting' && nameserver === undefined) {
    const hint = 'add nameserver: HOST:9876, or take transport out';
    complain(context, { message: 'is remoting, but there is no nameserver', hint }, ['transport']);
  }
  if (proxies !== undefined) return;
  for (const key of ['namespace', 'tls'] as const) {
    if (given[key] === undefined) continue;
    const hint = 'remove it, or add endpoints: HOST:8081';
    complain(context, { message: 'is for endpoints, and there are none', hint }, [key]);
  }
}
