// Stands between a client and a server, and can fall silent: connections stay open and nothing passes.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface MuteProxy {
  port: number;
  /** While mute, new connections are taken and get no answer either. */
  mute(silent: boolean): void;
  close(): Promise<void>;
}

export async function openMuteProxy(target: number): Promise<MuteProxy> {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((from) => {
    const to = connect(target, '127.0.0.1');
    for (const [here, there] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(here);
      here
        .on('data', (bytes) => {
          if (!silent) there.write(bytes);
        })
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(here);
          if (!silent) there.destroy();
        });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    mute: (now) => void (silent = now),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
