import { connect } from 'node:net';

/**
 * Resolves when what listens there has said something: NATS speaks first. The client would wait for it for no
 * longer, but keep the connection, and so the process, for as long as the other side does.
 */
export function greeting(host: string, timeoutMs: number): Promise<void> {
  const { hostname, port } = new URL(`nats://${host}`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port) || 4222, hostname.replace(/^\[|\]$/g, ''));
    const timer = setTimeout(() => {
      socket.destroy(new Error(`timeout: no answer for ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once('error', reject);
    socket.once('data', () => {
      resolve();
      socket.destroy();
    });
    socket.once('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed'));
    });
  });
}
