// Consumer contracts: those in the repository are good, and others are refused with file and place.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConsumers } from '../../../services/drivers/http/consumers.ts';
import { readOpenApi } from '../../../services/drivers/http/openapi-document.ts';
import { HubError } from '../../../services/domain/errors.ts';
import { openFolder, root } from './fixture.ts';

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof HubError && error.code === 'CONTRACT_INVALID' && message.test(error.message);

describe('consumer contracts', () => {
  it('name only purposes that an API knows', () => {
    const known = ['portal', 'audit'].flatMap((file) =>
      readOpenApi(join(root, `contracts/http/${file}.yaml`)).operations.flatMap(({ purposes }) => [...(purposes ?? [])]),
    );
    const named = readConsumers(join(root, 'contracts/consumers')).flatMap(({ purposes }) => purposes);
    assert.deepEqual(
      named.filter((purpose) => !known.includes(purpose)),
      [],
    );
  });

  it('let nobody but the auditor read the history, save a developer', () => {
    const auditors = readConsumers(join(root, 'contracts/consumers')).filter(({ scopes }) => scopes.includes('audit:read'));
    assert.deepEqual(
      auditors.map(({ id }) => id),
      ['auditor', 'developer'],
    );
  });

  it('are refused when they cannot be read, hold what is not known, or are named after another', () => {
    const { folder, remove } = openFolder();
    try {
      const good = readFileSync(join(root, 'contracts/consumers/auditor.yaml'), 'utf8');
      const file = join(folder, 'auditor.yaml');
      const cases: [string, RegExp][] = [
        ['id: [', /auditor\.yaml/],
        [good.replace('audit:read', 'everything:read'), /auditor\.yaml: \/scopes\/0/],
        [`${good}\nmore: 1\n`, /auditor\.yaml: \//],
        [good.replace('id: auditor', 'id: other'), /auditor\.yaml: \/id/],
      ];
      for (const [text, message] of cases) {
        writeFileSync(file, text);
        assert.throws(() => readConsumers(folder), refused(message));
      }
    } finally {
      remove();
    }
  });
});
