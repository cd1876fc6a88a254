// When two written names are the same name.

/**
 * Folds what registries write differently for the same organisation: full and half width, bracket styles, blanks,
 * and a final full stop. Letters keep their case.
 */
export function normaliseName(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[〔【[]/g, '(')
    .replace(/[〕】\]]/g, ')')
    .replace(/\s+/g, '')
    .replace(/[.。·]+$/, '');
}
