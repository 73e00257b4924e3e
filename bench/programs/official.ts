/** How the programs with the official client are set up: it logs nowhere, and its shutdown may hang. */
export const common = (endpoints: string) => ({
  endpoints,
  namespace: '',
  requestTimeout: 10_000,
  logger: {
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    debug: () => undefined,
    close: () => undefined,
  },
});
