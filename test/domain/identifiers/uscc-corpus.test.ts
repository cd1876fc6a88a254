// The shared corpus of real codes with stated verdicts, and the real registrations, all of whose codes are good.
import assert from 'node:assert/strict';
import { identify } from '../../../services/domain/identifiers/identify.ts';
import { checkUscc } from '../../../services/domain/identifiers/uscc.ts';
import { sharedText } from './shared-files.ts';

interface Row {
  code: string;
  length: string;
  gb32100: string;
  gb11714: string;
}

/** The first field and the last three: names between them hold quoted commas, those four never do. */
function corpusRows(text: string): Row[] {
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => {
      const [length = '', gb32100 = '', gb11714 = ''] = line.split(',').slice(-3);
      return { code: line.slice(0, line.indexOf(',')), length, gb32100, gb11714 };
    });
}

describe('uscc corpus', () => {
  it('agrees with the stated verdict on every code of 18 characters', function () {
    const text = sharedText('data/enterprise/uscc_validation_corpus.csv');
    if (text === null) {
      console.log('      skipped: ../shared/data/enterprise is absent');
      this.skip();
    }
    for (const { code, length, gb32100, gb11714 } of corpusRows(text)) {
      const verdict = identify(code);
      if (length !== '18') {
        assert.notEqual(verdict.kind, 'uscc', code);
        continue;
      }
      assert.deepEqual([verdict.kind, verdict.valid], ['uscc', gb32100 === '1'], code);
      assert.equal(
        verdict.warnings.some((w) => w.code === 'organisation-code-check'),
        gb11714 === '0',
        code,
      );
    }
  });

  for (const city of ['beijing', 'chengdu']) {
    it(`accepts every code of the ${city} registrations`, function () {
      const text = sharedText(`data/enterprise/registrations_2019_${city}.csv`);
      if (text === null) {
        console.log('      skipped: ../shared/data/enterprise is absent');
        this.skip();
      }
      const codes = text
        .split(/\r?\n/)
        .map((line) => line.slice(0, line.indexOf(',')))
        .filter((code) => /^9\d.{16}$/.test(code));
      assert.ok(codes.length > 2000);
      for (const code of codes) assert.equal(checkUscc(code).valid, true, code);
    });
  }
});
