// RFC 8785: the same value always gives the same bytes.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';

/** The same value with the members of every object in another order. */
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, shuffled(member)]),
  );
};

describe('canonical JSON', () => {
  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.equal(canonicalJson(shuffled(value)), canonicalJson(value))),
      { numRuns: 300 },
    );
  });

  it('says the same as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))),
      { numRuns: 300 },
    );
  });

  it('is its own canonical form', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value))));
  });

  it('sorts by UTF-16 code units and writes numbers as ECMAScript does (RFC 8785 §3.2.3, appendix B)', () => {
    assert.equal(
      canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude02': 5, '\u0080': 6, '\u00f6': 7 }),
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😂":5,"\ufb33":3}',
    );
    assert.equal(
      canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0]),
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
    assert.equal(canonicalJson({ b: undefined, a: null, c: '\u000f\n"\\' }), '{"a":null,"c":"\\u000f\\n\\"\\\\"}');
  });

  it('has a digest that names its algorithm', () => {
    assert.equal(digestOf('{}'), 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});
