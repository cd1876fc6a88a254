// A service that waits for its engines, says so, and goes on by itself.
import assert from 'node:assert/strict';
import { HubError } from '../../services/domain/errors.ts';
import { supervise } from '../../services/hub/supervise.ts';
import type { Supervised } from '../../services/hub/supervise.ts';

const down = (engine: string): HubError => new HubError('ENGINE_UNAVAILABLE', `${engine} cannot be reached`);

describe('a supervised service', () => {
  let told: [message: string, reason: unknown][];
  let stop: AbortController;
  const logger = {
    info: (message: string) => told.push([message, undefined]),
    warn: (message: string, meta: object) => told.push([message, (meta as { for?: string }).for]),
    error: (message: string, meta: object) => told.push([message, (meta as { code?: string }).code]),
  };
  beforeEach(() => {
    told = [];
    stop = new AbortController();
  });
  const started = (loop: Parameters<typeof supervise>[1]): Supervised =>
    supervise('recorder', loop, { signal: stop.signal, logger, shortestMs: 1, longestMs: 4 });
  const untilStopped = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  it('tries again while an engine is down, says each reason once, and is well when it is up', async () => {
    let tries = 0;
    let up = (): void => undefined;
    const isUp = new Promise<void>((resolve) => (up = resolve));
    const service = started(async (signal, health) => {
      tries++;
      if (tries <= 5) throw down(tries < 4 ? 'Kafka' : 'the event store');
      health.well();
      up();
      await untilStopped(signal);
    });
    assert.equal(service.waitingFor(), 'starting');
    await isUp;
    assert.deepEqual([service.waitingFor(), service.restarts()], [null, 5]);
    stop.abort();
    await service.done;
    const waits = told.filter(([message]) => message === 'waiting').map(([, reason]) => reason);
    assert.deepEqual(waits, ['Kafka cannot be reached', 'the event store cannot be reached']);
    assert.ok(told.some(([message]) => message === 'resumed'));
  });

  it('turns ill and well again without being started anew', async () => {
    const seen: (string | null)[] = [];
    const service = started(async (signal, health) => {
      await new Promise(setImmediate);
      health.well();
      health.ill('Kafka cannot be reached');
      seen.push(service.waitingFor());
      health.well();
      seen.push(service.waitingFor());
      await untilStopped(signal);
    });
    while (seen.length < 2) await new Promise(setImmediate);
    stop.abort();
    await service.done;
    assert.deepEqual([seen, service.restarts()], [['Kafka cannot be reached', null], 0]);
  });

  it('ends with what waiting cannot mend, and with a loop that ends by itself', async () => {
    await assert.rejects(started(async () => Promise.reject(new HubError('STORE_CORRUPT', 'x'))).done, { code: 'STORE_CORRUPT' });
    await assert.rejects(started(async () => undefined).done, /ended by itself/);
    assert.deepEqual(
      told.filter(([message]) => message === 'failed').map(([, code]) => code),
      ['STORE_CORRUPT', 'UNEXPECTED'],
    );
  });

  it('stops at once while it waits', async () => {
    const service = supervise('recorder', async () => Promise.reject(down('Kafka')), { signal: stop.signal, logger, shortestMs: 60_000 });
    await new Promise(setImmediate);
    stop.abort();
    await service.done;
  });
});
