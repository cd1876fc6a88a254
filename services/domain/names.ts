// When two written names are the same name.

/** Most names need no folding. */
const plain = /^[\u4e00-\u9fa5A-Za-z0-9()]+$/;

/**
 * Folds what registries write differently for the same organisation: full and half width, bracket styles, blanks,
 * and a final full stop. Letters keep their case.
 */
export function normaliseName(text: string): string {
  if (plain.test(text)) return text;
  return text
    .normalize('NFKC')
    .replace(/[〔【[]/g, '(')
    .replace(/[〕】\]]/g, ')')
    .replace(/\s+/g, '')
    .replace(/[.。·]+$/, '');
}
