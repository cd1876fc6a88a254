// A proxy that does to a connection what networks do: waits, falls silent, resets, loses an answer, hands over in small pieces.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Trouble {
  /** Milliseconds before each piece goes on, from and to. */
  latencyMs?: readonly [number, number];
  /** Bytes in each piece that goes on. */
  slice?: number;
  /** Connections stay open, and nothing passes. */
  silent?: boolean;
  /** Nobody connects; what was connected is cut. */
  down?: boolean;
}

export interface Proxy {
  port: number;
  /** From now on, on every connection there is and comes; {} for none. */
  trouble(kind: Trouble): void;
  /** Resets every connection now. */
  reset(): void;
  /**
   * Lets the next request go on that matches, and nothing of its answer: once the server has answered, the connection is
   * reset. Resolves then.
   */
  loseAnswer(matching: (request: Buffer) => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  from: Socket;
  to: Socket;
}

export async function openProxy(target: number, port = 0): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let kind: Trouble = {};
  let losing: { matching: (request: Buffer) => boolean; done: () => void } | null = null;

  const cut = ({ from, to }: Pair): void => {
    if (!from.destroyed) from.resetAndDestroy();
    if (!to.destroyed) to.resetAndDestroy();
  };
  function take(from: Socket): void {
    if (kind.down) return void from.resetAndDestroy();
    const to = connect(target, '127.0.0.1').setNoDelay(true);
    const pair: Pair = { from: from.setNoDelay(true), to };
    pairs.add(pair);
    for (const socket of [from, to]) socket.on('error', () => undefined).on('close', () => gone(pair));
    let mute = false;
    pass(from, to, (bytes) => {
      if (losing?.matching(bytes) !== true) return true;
      const { done } = losing;
      [losing, mute] = [null, true];
      // The server has answered: its answer stops here.
      to.once('data', () => {
        cut(pair);
        done();
      });
      return true;
    });
    pass(to, from, () => !mute);
  }
  function gone(pair: Pair): void {
    if (!pairs.delete(pair)) return;
    // A connection that fell silent does not say goodbye either.
    if (!kind.silent) cut(pair);
  }
  /** One piece after another, each as late and as small as the trouble of the moment wants it. */
  function pass(from: Socket, to: Socket, lets: (bytes: Buffer) => boolean): void {
    let last: Promise<void> = Promise.resolve();
    from.on('data', (bytes) => {
      from.pause();
      last = last.then(async () => {
        if (lets(bytes) && !kind.silent) await send(to, bytes);
        from.resume();
      });
    });
  }
  async function send(to: Socket, bytes: Buffer): Promise<void> {
    const { latencyMs, slice = bytes.length } = kind;
    if (latencyMs) {
      const [least, most] = latencyMs;
      await new Promise((resolve) => setTimeout(resolve, least + Math.random() * (most - least)));
    }
    for (let at = 0; at < bytes.length && !to.destroyed; at += slice)
      await new Promise<void>((resolve) => to.write(bytes.subarray(at, at + slice), () => resolve()));
  }

  const server: Server = createServer(take);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    trouble(next) {
      // What was silent lost bytes, and is of no use to anyone.
      const lost = kind.silent === true;
      kind = next;
      if (next.down || lost) for (const pair of [...pairs]) cut(pair);
    },
    reset: () => [...pairs].forEach(cut),
    loseAnswer: (matching) => new Promise((done) => (losing = { matching, done })),
    async close() {
      kind = { down: true };
      [...pairs].forEach(cut);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
