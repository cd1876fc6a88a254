// A loop of kafkajs that would stand still for ever, run on kafkajs' own fetchers.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { guardCluster } from '../../../services/drivers/kafka/spin-guard.ts';

const require = createRequire(import.meta.url);
const logger = { namespace: (): object => logger, debug: () => undefined, info: () => undefined };

interface FetchManager {
  start(): Promise<void>;
  stop(): Promise<void>;
}
type CreateFetchManager = (options: object) => FetchManager;

describe('kafkajs whose fetchers are answered with nothing', () => {
  const createFetchManager = require('kafkajs/src/consumer/fetchManager') as CreateFetchManager;
  const managerOf = (fetch: () => Promise<[]>): FetchManager => {
    const cluster = { getNodeIds: (): number[] => [1, 2] };
    guardCluster(cluster);
    return createFetchManager({ logger, getNodeIds: () => cluster.getNodeIds(), handler: async () => undefined, fetch });
  };

  it('ends with an error where it never waits, so that the process goes on', async () => {
    await assert.rejects(managerOf(async () => []).start(), { message: 'kafkajs asks for its nodes without end' });
  });

  it('goes on for as long as each fetch waits', async () => {
    let fetched = 0;
    let enough = (): void => undefined;
    const much = new Promise<void>((resolve) => (enough = resolve));
    const manager = managerOf(async () => {
      if (++fetched === 5_000) enough();
      await turn();
      return [];
    });
    const running = manager.start();
    await much;
    await manager.stop();
    await running;
  });
});
