// What the benchmarks run on: simulated records, as events and as files.
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { compileMapping } from '../../services/adapters/map-record.ts';
import { openAvroCodec } from '../../services/drivers/avro/event-codec.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { loadContracts } from '../../services/drivers/yaml/contracts.ts';
import { projectFolder } from '../../services/hub/open-hub.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import type { HubEvent } from '../../services/domain/events.ts';

const contracts = loadContracts(join(projectFolder, 'contracts'));
const codec = openAvroCodec(join(projectFolder, 'schemas'));

/** Events of all sources, interleaved story by story as registries would publish them, each id once. */
export function simulatedEvents(subjects: number, seed = 'bench'): HubEvent[] {
  const keys = openSqlitePersonKeys(':memory:', { pseudonymKey: Buffer.alloc(32, 7) });
  const events = new Map<string, HubEvent>();
  const simulation = createSimulation({ seed, subjects });
  for (const source of simulation.sources) {
    const contract = contracts.sources.get(source)!;
    const map = compileMapping(contract, contract.mappings['platform']!, { codec, keys });
    for (const record of simulation.records(source)) {
      const mapped = map(record as Record<string, unknown>, null);
      if (mapped.kind === 'event') events.set(mapped.event.id, mapped.event);
    }
  }
  void keys.close();
  return [...events.values()];
}

/** A file of new registrations with the columns of the `registrations` mapping; one row an enterprise. */
export function writeRegistrations(file: string, rows: number): void {
  const out = openSync(file, 'w');
  const simulation = createSimulation({ seed: 'bench', subjects: rows * 4, dirty: 0 });
  let written = 0;
  let text = 'uscc,name,reg_date,type,capital_raw,business_scope,province,district,address\n';
  const seen = new Set<string>();
  for (const record of simulation.records('business-licence') as Iterable<Record<string, string>>) {
    const { UNISCID, ENTNAME, ESTDATE, ENTTYPE_CN, REGCAP, OPSCOPE, DOM } = record;
    if (!UNISCID || seen.has(UNISCID)) continue;
    seen.add(UNISCID);
    text +=
      [UNISCID, ENTNAME, ESTDATE, ENTTYPE_CN, REGCAP, OPSCOPE, '', '', DOM]
        .map((value) => `"${(value ?? '').replaceAll('"', '""')}"`)
        .join(',') + '\n';
    if (text.length > 1_000_000) {
      writeSync(out, text);
      text = '';
    }
    if (++written === rows) break;
  }
  writeSync(out, text);
  closeSync(out);
}
