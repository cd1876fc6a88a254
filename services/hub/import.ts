// Imports a file into the hub: adapter, recorder and projector in one process, counted.
import { importFile } from '../adapters/import-file.ts';
import { HubError } from '../domain/errors.ts';
import { isDistributed } from './open-hub.ts';
import { withRecorder } from './pending.ts';
import { settle } from './settle.ts';
import type { ImportOptions } from '../adapters/import-file.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { Hub } from './open-hub.ts';

/** Conservation (law 11): received = recorded + duplicates + quarantined. */
export interface ImportResult {
  received: number;
  /** Null where recorders run elsewhere: they alone know which are duplicates (`hub_recorder_events_total`). */
  recorded: number | null;
  duplicates: number | null;
  quarantined: number;
}

/** The contract of a source. Errors: UNKNOWN_SOURCE. */
export function contractOf(hub: Pick<Hub, 'contracts'>, source: string): SourceContract {
  const contract = hub.contracts.sources.get(source);
  if (!contract)
    throw new HubError('UNKNOWN_SOURCE', `no source is called "${source}"; there are ${[...hub.contracts.sources.keys()].join(', ')}`);
  return contract;
}

/** Imports a file and folds it into the views. Errors: as `importFile`; what was imported before an error stays, once. */
export async function importIntoHub(hub: Hub, source: string, path: string, options: ImportOptions = {}): Promise<ImportResult> {
  const contract = contractOf(hub, source);
  // What an earlier run left in the log is recorded first, so that it is not counted as this file's.
  await settle(hub, options.stop);
  const result = { received: 0, recorded: 0, duplicates: 0, quarantined: 0 };
  const counts = await withRecorder(
    hub,
    () => importFile(contract, path, hub, options),
    (events, outcomes) => {
      events.forEach((event, i) => {
        if (!event.type.startsWith(`${contract.family}.`)) return;
        if (outcomes[i] === 'recorded') result.recorded++;
        else result.duplicates++;
      });
    },
    options.stop,
  );
  await settle(hub, options.stop);
  const { received, quarantined } = counts;
  if (isDistributed(hub.config)) return { received, recorded: null, duplicates: null, quarantined };
  return { ...result, received, quarantined };
}
