// Simulated records against the sharing agreements: every permitted field is served, and more than that is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createSimulation } from '../../services/simulator/simulation.ts';
import type { SourceContract } from '../../services/domain/source-contract.ts';
import type { Fields } from '../../services/simulator/registers.ts';

const simulation = createSimulation({ seed: 1, subjects: 60, dirty: 0 });

for (const source of simulation.sources) {
  const contract = parse(readFileSync(new URL(`../../contracts/sources/${source}.yaml`, import.meta.url), 'utf8')) as SourceContract;
  const fields = Object.values(contract.mappings['platform']!.fields);
  const records = [...simulation.records(source)] as Fields[];
  const permitted = new Set(fields.flatMap(({ from, party }) => (from === undefined ? (Object.values(party ?? {}) as string[]) : [from])));

  describe(`simulated ${source}`, () => {
    it('serves every field that the contract maps', () => {
      for (const record of records) {
        for (const name of permitted) assert.ok(name in record, name);
        for (const { from, party } of fields) {
          if (from === undefined || party === undefined) continue;
          for (const element of record[from] as Fields[])
            for (const name of Object.values(party)) assert.ok((name as string) in element, name as string);
        }
      }
    });

    it('uses only codes that the contract knows', () => {
      for (const { from, values } of fields) {
        if (from === undefined || values === undefined) continue;
        for (const record of records) assert.ok(record[from] === '' || String(record[from]) in values, `${from} = ${String(record[from])}`);
      }
    });

    it('sends what is not permitted too, so that it can be seen dropped', () => {
      for (const record of records) assert.ok(Object.keys(record).some((name) => !permitted.has(name)));
    });
  });
}
