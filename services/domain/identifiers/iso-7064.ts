// Check characters of ISO 7064, shared by the identifiers that use them.

const digits = '0123456789';
const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const pureWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const pureCharacters = '10X98765432';

/** ISO 7064 MOD 11,10 (hybrid) over a string of digits: one digit, or '' when the text holds anything else. */
export function mod1110(text: string): string {
  return hybrid(text, digits);
}

/** ISO 7064 MOD 37,36 (hybrid) over `0-9A-Z`: one character, or '' when the text holds anything else. */
export function mod3736(text: string): string {
  return hybrid(text, alphanumeric);
}

/** ISO 7064 MOD 11-2 (pure) over exactly 17 digits: `0-9` or `X`, or '' when the text is anything else. */
export function mod112(text: string): string {
  if (text.length !== pureWeights.length) return '';
  let sum = 0;
  for (const [i, weight] of pureWeights.entries()) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return '';
    sum += digit * weight;
  }
  return pureCharacters.charAt(sum % 11);
}

function hybrid(text: string, alphabet: string): string {
  const m = alphabet.length;
  let product = m;
  for (let i = 0; i < text.length; i++) {
    const value = alphabet.indexOf(text.charAt(i));
    if (value < 0) return '';
    const sum = (product + value) % m || m;
    product = (sum * 2) % (m + 1);
  }
  return alphabet.charAt((m + 1 - product) % m);
}
