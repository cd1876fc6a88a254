// Numbers of a JSON text that a double alters in silence, such as a code of 18 digits: RFC 8259 §6, RFC 7493 §2.2.

export const isUnsafe = (value: number): boolean => (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value));

/** Whether the value that a JSON text was parsed to holds such a number. Nested however deep: a list takes the place of recursion. */
export function hasUnsafeNumber(text: string, parsed: unknown): boolean {
  // Only long digits or an exponent can make one.
  if (!/\d{16}|\d[eE]/.test(text)) return false;
  const left: unknown[] = [parsed];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'number' && isUnsafe(value)) return true;
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) left.push(inner);
  }
  return false;
}
