import { once } from 'node:events';
import type { Server } from 'node:net';

/**
 * Listens on 127.0.0.1 and nowhere else.
 *
 * @param port 0 takes any free one
 * @returns the server's origin
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function listenOnLoopback(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP address');
  return `http://127.0.0.1:${address.port}`;
}
