// A simulation as files.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeSimulation } from '../../services/simulator/write-files.ts';

describe('simulated files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulated-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('hold every record of every source, one a line', async () => {
    const simulation = createSimulation({ seed: 1, subjects: 500 });
    const told = new Map<string, number>();
    const written = await writeSimulation(simulation, join(folder, 'new'), (source, records) => told.set(source, records));
    assert.deepEqual((await readdir(join(folder, 'new'))).sort(), simulation.sources.map((source) => `${source}.jsonl`).sort());
    for (const source of simulation.sources) {
      const text = await readFile(join(folder, 'new', `${source}.jsonl`), 'utf8');
      const records = [...simulation.records(source)];
      assert.deepEqual(
        text
          .trimEnd()
          .split('\n')
          .map((line): unknown => JSON.parse(line)),
        records,
      );
      assert.deepEqual([written[source], told.get(source)], [records.length, records.length]);
    }
  });

  it('are the same bytes when written again', async () => {
    const write = async (): Promise<string> => {
      await writeSimulation(createSimulation({ seed: 1, subjects: 100 }), folder);
      return readFile(join(folder, 'property-right.jsonl'), 'utf8');
    };
    assert.equal(await write(), await write());
  });

  it('end in a clear error where nothing can be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(writeSimulation(createSimulation({ seed: 1, subjects: 1 }), join(folder, 'file')), { code: 'DATA_DIRECTORY' });
  });
});
