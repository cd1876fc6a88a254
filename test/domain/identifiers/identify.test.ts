// Tests of telling identifiers apart.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identify } from '../../../services/domain/identifiers/identify.ts';
import {
  makeCitizenId,
  makeOrganisationCode,
  makeProjectCode,
  makeRegistrationNumber,
  makeUscc,
} from '../../../services/domain/identifiers/make.ts';
import { isPlaceholder } from '../../../services/domain/identifiers/placeholder.ts';
import type { IdentifierKind } from '../../../services/domain/identifiers/verdict.ts';
import { day, digits } from './arbitrary.ts';

const cases: [text: string, kind: IdentifierKind, valid: boolean][] = [
  ['91350100M000100Y43', 'uscc', true],
  ['91350100M000100Y4Z', 'uscc', false],
  ['91350100m000100y43', 'uscc', false],
  ['11010519491231002X', 'citizen-id', true],
  ['11010519491231002x', 'citizen-id', true],
  ['440524188001010014', 'citizen-id', true],
  ['110105194912310021', 'citizen-id', false],
  ['110108000000016', 'registration-number', true],
  ['110108000000017', 'registration-number', false],
  ['330402201600001', 'planning-permit', true],
  ['建字第3205832026GG0000001号', 'planning-permit', true],
  ['（2006）某规证0450019', 'planning-permit', true],
  ['113建字第0008號', 'unknown', false],
  ['152201009009GB00054F03031101', 'property-unit', true],
  ['152201 009009 GB00054 F03031101', 'property-unit', true],
  ['苏（2017）某某市 不动产权第 0000001 号', 'property-certificate', true],
  ['苏(2017)某某市不动产权0000001', 'property-certificate', false],
  ['2020-110105-44-03-000001', 'project-code', true],
  ['0000000000001', 'consumer-number', true],
  ['0000000001', 'consumer-number', true],
  ['330113', 'division', true],
  ['999999', 'division', true],
  ['hello', 'unknown', false],
  ['某某有限公司', 'unknown', false],
  ['13800000000', 'unknown', false],
];

describe('identify', () => {
  for (const [text, kind, valid] of cases) {
    it(`takes ${text} for ${valid ? 'a good' : 'no good'} ${kind}`, () => {
      const verdict = identify(text);
      assert.equal(verdict.kind, kind);
      assert.equal(verdict.valid, valid);
      assert.equal(verdict.normalised === null, !valid);
    });
  }

  it('takes placeholders for nothing', () => {
    for (const text of ['/', '无', '1900-01-01', '-1', '', 'N/A', ' n/a ', '／', '\u3000', '\ufeff', 'null', '--']) {
      assert.equal(isPlaceholder(text), true, text);
      assert.deepEqual([identify(text).kind, identify(text).valid, identify(text).warnings[0]?.code], ['unknown', false, 'placeholder']);
    }
    for (const text of ['0', '1', '2019-01-02', '无锡市']) assert.equal(isPlaceholder(text), false, text);
  });

  it('tells persons from companies when both have 18 digits', () => {
    fc.assert(
      fc.property(fc.constantFrom('110105', '330103', '440305'), day, digits(3), digits(8), (region, birth, sequence, organisation) => {
        assert.equal(identify(makeCitizenId(region, birth, sequence)).kind, 'citizen-id');
        assert.deepEqual([identify(makeUscc(region, organisation)).kind, identify(makeUscc(region, organisation)).valid], ['uscc', true]);
      }),
    );
  });

  it('takes a number that is good as both for a person, and says so', () => {
    const both = fc
      .sample(fc.tuple(day, digits(3)), { numRuns: 4000, seed: 11 })
      .map(([birth, sequence]) => makeCitizenId('510105', birth, sequence))
      .filter((id) => !id.endsWith('X'))
      .find((id) => identify(id).warnings.some((w) => w.code === 'ambiguous'));
    assert.ok(both !== undefined);
    assert.equal(identify(both).kind, 'citizen-id');
  });

  it('says that a bad registration number may be a first-generation citizen number', () => {
    assert.deepEqual(
      identify('110105491231003').warnings.map((w) => w.code),
      ['check-digit', 'may-be-citizen-id'],
    );
  });

  it('recognises everything that is composed', () => {
    fc.assert(
      fc.property(digits(8), (sequence) => {
        assert.equal(identify(makeRegistrationNumber('110105', sequence)).kind, 'registration-number');
        assert.equal(identify(makeOrganisationCode(sequence)).kind, 'organisation-code');
        assert.equal(identify(makeProjectCode('2106', '110105', '04', '01', sequence.slice(3))).valid, true);
      }),
    );
  });

  it('never throws and never calls a bad text normalised, on any string', () => {
    const noisy = fc.string({
      unit: fc.constantFrom(...Array.from('0123456789XxGBF-/()（）第号不动产权证建字規號 \u3000\ufeff\ud800')),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), noisy), (text) => {
        const verdict = identify(text);
        assert.equal(verdict.normalised === null, !verdict.valid);
        assert.ok(verdict.valid || verdict.warnings.length > 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a normal form that is its own normal form', () => {
    const noise = fc.constantFrom('', ' ', '\u3000', '\ufeff', '\u200b');
    const widths = fc.boolean();
    const good = fc.constantFrom(...cases.filter(([, , valid]) => valid).map(([text]) => text));
    fc.assert(
      fc.property(good, noise, noise, widths, fc.nat(30), (text, before, inside, wide, at) => {
        const spread = before + text.slice(0, at) + inside + text.slice(at);
        const written = wide ? spread.replace(/[0-9]/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0)) : spread;
        const { kind, normalised } = identify(written);
        assert.deepEqual([kind, normalised], [identify(text).kind, identify(text).normalised]);
        assert.equal(identify(normalised ?? '').normalised, normalised);
      }),
      { numRuns: 500 },
    );
  });

  it('answers at once on a very long text', () => {
    for (const text of ['9'.repeat(5_000_000), ' '.repeat(5_000_000), '苏(2017)'.repeat(500_000)]) {
      assert.deepEqual([identify(text).kind, identify(text).warnings[0]?.code], ['unknown', 'too-long']);
    }
  });
});
