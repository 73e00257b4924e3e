import type { Credentials } from '../credentials.js';
import { RocketmqError } from '../errors.js';
import { Channels } from './channels.js';
import {
  GrpcStatus,
  type BaseClient,
  type BaseClientOptions,
  type Endpoints,
  type ILogger,
  type RpcClientManager,
} from './client-package.js';
import { callFault, isServiceError } from './fault.js';
import { addressText, endpointsOf, parseProxyAddress } from './proxy-address.js';

export interface SessionOptions {
  /** `host:port` each; any one of them that answers will do. */
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly tls: boolean;
  readonly credentials: Credentials | undefined;
  readonly requestTimeoutMs: number;
  /** What the client is given for a logger. */
  readonly logger: ILogger;
}

/** A missing topic or group has to be told within 10 s, with the start of the program. */
const settingsMs = 7_000;

const finalStatuses: ReadonlySet<number> = new Set([
  GrpcStatus.INVALID_ARGUMENT,
  GrpcStatus.UNAUTHENTICATED,
  GrpcStatus.PERMISSION_DENIED,
]);

/** What both kinds of client are started with, and the answers that their start waits for. */
export class SessionStart {
  readonly addresses: string;
  readonly endpoints: Endpoints;
  readonly #options: SessionOptions;
  readonly #settings: Promise<void>;
  #received: () => void = () => undefined;
  #refused: (fault: unknown) => void = () => undefined;
  #lastFault: unknown;

  constructor(options: SessionOptions) {
    this.#options = options;
    const addresses = options.endpoints.map(parseProxyAddress);
    if (addresses.length === 0) throw new RocketmqError('invalid', 'no proxy is given');
    this.addresses = addresses.map(addressText).join(';');
    this.endpoints = endpointsOf(addresses);
    this.#settings = new Promise((resolve, reject) => {
      this.#received = resolve;
      this.#refused = reject;
    });
    // A session that is closed before anybody waits has nobody to tell.
    this.#settings.catch(() => undefined);
  }

  get clientOptions(): BaseClientOptions {
    const { namespace, tls, credentials, requestTimeoutMs, logger } = this.#options;
    return {
      // Only to be accepted: what is used is set after it, see endpointsOf.
      endpoints: 'unused:1',
      namespace,
      sslEnabled: tls,
      requestTimeout: requestTimeoutMs,
      logger,
      ...(credentials === undefined
        ? {}
        : {
            sessionCredentials: { accessKey: credentials.accessKey, accessSecret: credentials.secretKey },
          }),
    };
  }

  /** Ours, in place of the client's own. */
  channels(client: BaseClient, own: RpcClientManager): Channels {
    own.close();
    const { tls, namespace, logger } = this.#options;
    return new Channels(client, { tls, namespace, logger });
  }

  received(): void {
    this.#received();
  }

  /** A refusal stays one, however often the client asks again. */
  failed(fault: unknown): void {
    this.#lastFault = fault;
    if (isServiceError(fault) && finalStatuses.has(fault.code)) this.#refused(fault);
  }

  /**
   * Resolves when the proxy has accepted the client's settings. 1.0.8 itself asks for ever where it does not,
   * as for a group that is not there. Can go when its startup fails with the reason.
   */
  async settled(what: string): Promise<void> {
    const timer = setTimeout(() => {
      this.#refused(this.#late(what));
    }, settingsMs);
    try {
      await this.#settings;
    } catch (error) {
      throw callFault(error, what, this.addresses);
    } finally {
      clearTimeout(timer);
    }
  }

  #late(what: string): RocketmqError {
    const cause = this.#lastFault;
    const last = cause === undefined ? '' : `: ${callFault(cause, what, this.addresses).message}`;
    return new RocketmqError(
      'timeout',
      `${what}: the proxy at ${this.addresses} did not accept it in ${String(settingsMs / 1000)} s${last}`,
      { cause, address: this.addresses },
    );
  }
}
