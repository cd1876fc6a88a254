// Generators shared by the tests of identifiers.
import fc from 'fast-check';

/** A string of exactly `count` digits. */
export function digits(count: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: count, maxLength: count });
}

/** A day of the calendar as `YYYYMMDD`, from 1850 on. */
export const day: fc.Arbitrary<string> = fc
  .date({ min: new Date('1850-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10).replaceAll('-', ''));
