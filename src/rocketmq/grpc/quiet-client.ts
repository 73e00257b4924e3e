/**
 * rocketmq-client-nodejs 1.0.8 warns on the console, some time after it is loaded, where it cannot find
 * the machine's MAC address (as in many containers). stderr is not its place. Imported before the client.
 * Can go when the client tells its logger instead.
 */
const clientMark = '[rocketmq-client-nodejs]';
const warn = console.warn.bind(console);

console.warn = (...args: unknown[]): void => {
  const [first] = args;
  if (typeof first !== 'string' || !first.startsWith(clientMark)) warn(...args);
};
