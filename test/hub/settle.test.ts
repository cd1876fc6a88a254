// Recorder and projector beside the work: what was published is recorded and folded when it is done, and a failure ends the work.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { HubError } from '../../services/domain/errors.ts';
import { importIntoHub } from '../../services/hub/import.ts';
import { withRecorder } from '../../services/hub/pending.ts';
import { settle } from '../../services/hub/settle.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { inHub } from '../support/command.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent } from '../../services/domain/events.ts';

describe('settling', () => {
  const folder = useTempFolder();
  let events: HubEvent[];
  before(async () => {
    events = await simulatedEvents({ seed: 'settle', subjects: 30 });
  });

  it('records what is in the log and folds what is in the store', async () => {
    await inHub(folder('d'), async (hub) => {
      await hub.log.publish(events);
      await settle(hub);
      assert.equal(await hub.log.lag(), 0);
      assert.equal((await hub.views.checkpoint()).position, await hub.store.head());
      const digest = await hub.views.digest();
      await settle(hub);
      assert.equal(await hub.views.digest(), digest);
    });
  });

  it('finishes what an earlier process left in the log', async () => {
    await inHub(folder('d'), (hub) => hub.log.publish(events));
    await inHub(folder('d'), async (hub) => {
      assert.equal(await hub.log.lag(), events.length);
      await settle(hub);
      assert.equal(await hub.store.head(), new Set(events.map(({ id }) => id)).size);
    });
  });

  it('gives what the work gave, once everything it published is recorded', async () => {
    await inHub(folder('d'), async (hub) => {
      const outcomes: string[] = [];
      const result = await withRecorder(
        hub,
        () => hub.log.publish(events).then(() => 'done'),
        (_, batch) => outcomes.push(...batch),
      );
      assert.equal(result, 'done');
      assert.equal(outcomes.length, events.length);
      assert.equal(await hub.log.lag(), 0);
    });
  });

  it('ends the work when the recorder fails, with its error', async () => {
    await inHub(folder('d'), async (hub) => {
      const full = { ...hub, store: { ...hub.store, append: () => Promise.reject(new HubError('DISK_FULL', 'no space left')) } };
      const endless = async (): Promise<never> => {
        await hub.log.publish(events.slice(0, 5));
        return new Promise<never>(() => undefined);
      };
      await assert.rejects(withRecorder(full, endless), { code: 'DISK_FULL' });
      await settle(hub);
      assert.equal(await hub.store.head(), 5);
    });
  });

  it('fails with the error of the work, and still records what it had published', async () => {
    await inHub(folder('d'), async (hub) => {
      const failing = async (): Promise<void> => {
        await hub.log.publish(events.slice(0, 5));
        throw new Error('the file ended');
      };
      await assert.rejects(withRecorder(hub, failing), /the file ended/);
      await settle(hub);
      assert.equal(await hub.store.head(), 5);
    });
  });
});

describe('an import into a hub', () => {
  const folder = useTempFolder();
  const records = [...createSimulation({ seed: 'import', subjects: 120, dirty: 0.2 }).records('property-right')];
  const write = (name: string, list: readonly object[]): string => {
    writeFileSync(folder(name), list.map((record) => `${JSON.stringify(record)}\n`).join(''));
    return folder(name);
  };

  it('accounts for every record: recorded, a duplicate, or refused', async () => {
    await inHub(folder('d'), async (hub) => {
      const { received, recorded, duplicates, quarantined } = await importIntoHub(hub, 'property-right', write('a.jsonl', records));
      assert.equal(received, records.length);
      assert.equal(recorded! + duplicates! + quarantined, received);
      assert.ok(duplicates! > 0 && quarantined > 0);
      assert.equal((await hub.store.query({ family: 'property-right', limit: 10_000 })).events.length, recorded);
    });
  });

  it('does not count as its own what an earlier run left behind', async () => {
    await inHub(folder('d'), async (hub) => {
      const all = await simulatedEvents({ seed: 'import', subjects: 120, dirty: 0.2 });
      const left = all.filter((event) => event.type.startsWith('property-right.')).slice(0, 40);
      await hub.log.publish(left);
      const result = await importIntoHub(hub, 'property-right', write('a.jsonl', records));
      assert.equal(result.recorded! + result.duplicates! + result.quarantined, records.length);
      assert.ok(result.duplicates! >= new Set(left.map(({ id }) => id)).size);
    });
  });
});
