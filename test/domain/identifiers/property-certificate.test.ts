// Tests of 不动产权证号 and 不动产证明号.
import assert from 'node:assert/strict';
import { checkPropertyCertificate, propertyCertificateParts } from '../../../services/domain/identifiers/property-certificate.ts';

function reasons(text: string): string[] {
  return checkPropertyCertificate(text).warnings.map((w) => w.code);
}

describe('property certificate', () => {
  it('normalises every bracket and blank to one form, without remark', () => {
    for (const [open, close] of ['()', '（）', '〔〕', '[]', '【】', '［］']) {
      const verdict = checkPropertyCertificate(` 苏${open ?? ''} 2017 ${close ?? ''}某某市\u3000不动产权第 0000001 号`);
      assert.deepEqual(verdict, {
        kind: 'property-certificate',
        valid: true,
        normalised: '苏(2017)某某市不动产权第0000001号',
        warnings: [],
      });
    }
  });

  it('takes a certificate and a proof apart', () => {
    assert.deepEqual(propertyCertificateParts('沪(2017)浦字不动产权第000001号'), {
      province: '沪',
      year: '2017',
      place: '浦字',
      serial: '000001',
      document: 'certificate',
    });
    assert.equal(propertyCertificateParts('蒙(2016)某某市不动产证明第0000001号')?.document, 'proof');
  });

  it('accepts full-width digits and unknown abbreviations with a remark', () => {
    assert.equal(checkPropertyCertificate('苏(２０１７)某某市不动产权第０００００１号').normalised, '苏(2017)某某市不动产权第000001号');
    assert.deepEqual(reasons('苏(２０１７)某某市不动产权第０００００１号'), ['characters-normalised']);
    assert.deepEqual(reasons('深(2017)某某市不动产权第000001号'), ['province-abbreviation-unknown']);
  });

  it('keeps the numbers of older deeds as written', () => {
    for (const text of ['00000001', '某房权证某字第000001号', '某国用(2001)第0001号']) {
      assert.deepEqual(checkPropertyCertificate(text).normalised, text);
      assert.deepEqual(reasons(text), ['legacy-form']);
    }
  });

  it('refuses what lacks a part, and the traditional 號', () => {
    assert.deepEqual(reasons('苏某某市不动产权第0000001号'), ['form']);
    assert.deepEqual(reasons('苏(2017)某某市不动产权第0000001'), ['form']);
    assert.deepEqual(reasons('苏(2017)某某市不动产权第0000001號'), ['traditional-character']);
  });
});
