// A portal over real HTTP, on files in SQLite with a recorder beside it, and two persons it knows.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openSigningKeys } from '../../services/drivers/http/signing-keys.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { qrCode } from '../../services/drivers/qr/qr-code.ts';
import { promisesOn } from '../../services/hub/promises.ts';
import { recordingOn } from '../../services/hub/recording.ts';
import { transferDecisionsOn } from '../../services/hub/transfer-decisions.ts';
import { portalOperations } from '../../services/portal/portal.ts';
import { openSubjectHistory } from '../../services/projector/subject-history.ts';
import { record } from '../../services/recorder/recorder.ts';
import { openFolder, serve } from '../drivers/http/fixture.ts';
import { createClock } from '../support/clock.ts';
import { openPipeline } from '../support/pipeline.ts';
import { codec, contracts } from '../support/project.ts';
import { packageTypes } from './fixture.ts';
import type { Access } from '../../services/domain/own-facts.ts';
import type { SigningKeys } from '../../services/drivers/http/signing-keys.ts';
import type { PortalPorts } from '../../services/portal/ports.ts';
import type { EventLog } from '../../services/ports/event-log.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';
import type { Clock } from '../support/clock.ts';
import type { Served } from '../drivers/http/fixture.ts';

export const idNumber = '11010519491231002X';
export const unit = '110105001001GB00001F00010001';
export const home = '朝阳区示例路1号2幢3单元401室';

export interface ServedPortal extends Served {
  folder: string;
  ports: PortalPorts;
  views: ViewStore;
  keys: PersonKeys;
  log: Served['log'];
  events: EventLog;
  store: EventStore;
  signing: SigningKeys;
  clock: Clock;
  /** Pseudonyms: of `idNumber`, and of the passport E12345678. */
  zhang: string;
  li: string;
  /** A sealed box as rows hold it, with `idNumber` and `home`. */
  box: (person: string, name: string) => string;
  list: (path: string) => Promise<{ items: Record<string, unknown>[]; next: string | null }>;
  /** What the store holds of who was given an object, in order, with the type of each event. */
  accesses: (object: string) => Promise<(Access & { type: string; id: string; time: number })[]>;
  /** Ends the recorder; nothing that is published is recorded any more. */
  stopRecorder: () => Promise<void>;
}

/** How long the portal waits for the recorder here. */
const patienceMs = 2_000;

export async function servePortal({ patience = patienceMs }: { patience?: number } = {}): Promise<ServedPortal> {
  const { folder, remove } = openFolder();
  const clock = createClock('2025-03-01');
  const { now, today } = clock;
  const pipeline = openPipeline(folder, now);
  const { log: events, store, keys } = pipeline;
  const views = openSqliteViewStore(join(folder, 'views.sqlite'));
  const stop = new AbortController();
  const recorder = record({ log: events, store }, stop.signal);
  const recording = recordingOn(events, patience);
  const signing = await openSigningKeys(join(folder, 'signing-keys.json'), { ours: true });
  const ports: PortalPorts = {
    ...{ views, codec, recording, now, qrCode, signer: signing },
    persons: keys,
    packages: packageTypes,
    sources: contracts.sources,
    legalBasis: (consumer) => `${consumer}@1 a clause`,
    issuer: 'hub-test',
    subjects: openSubjectHistory({ store, codec, sources: contracts.sources }),
    newId: randomUUID,
    promises: promisesOn({ views, store, codec, contracts, now, today }, recording),
    transfers: transferDecisionsOn({ views, store, codec, now, today }, recording),
  };
  const served = await serve('portal', portalOperations(ports));
  const stopRecorder = async (): Promise<void> => {
    stop.abort();
    await recorder;
  };
  return {
    ...served,
    ...{ folder, ports, views, keys, events, store, signing, clock, stopRecorder },
    zhang: keys.pseudonym('citizen-id', idNumber),
    li: keys.pseudonym('passport', 'E12345678'),
    box: (person, name) =>
      Buffer.from(keys.seal(person, { name, idType: 'citizen-id', idNumber, phone: null, address: home }).box).toString('base64'),
    async list(path) {
      const { status, json, text } = await served.ask(path);
      assert.equal(status, 200, text);
      return json as never;
    },
    async accesses(object) {
      const found = [];
      for await (const { data, type, id, time } of store.readStream(`access-${object}`))
        found.push({ ...(codec.decode(data) as Access), type, id, time });
      return found;
    },
    async close() {
      await served.close();
      await stopRecorder();
      await views.close();
      await pipeline.close();
      remove();
    },
  };
}
