/** What to do where the certificate of a server is not taken; undefined where that is not what is wrong. */
export const certificateHint = (error: unknown): string | undefined =>
  error instanceof Error && /certificate|self-signed|altname/i.test(error.message)
    ? 'name the authorities of the server in tls.ca, or correct its certificate'
    : undefined;
