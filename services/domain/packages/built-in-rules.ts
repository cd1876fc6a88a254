// Rules that need no contract: they hold for evidence of every kind.
import { kinRuleTexts } from './kin.ts';

export const builtIn = {
  stated: { id: 'stated-by-a-registry', version: 1 },
  customer: { id: 'supplied-by-the-customer', version: 1 },
  valid: { id: 'within-validity', version: 1 },
  consistent: { id: 'no-contradiction-at-the-source', version: 1 },
  correctedKnown: { id: 'corrected-record-is-known', version: 1 },
  displaces: { id: 'correction-keeps-the-holder', version: 1 },
} as const;

export const builtInRules: Record<string, { zh: string; en: string }> = {
  [builtIn.stated.id]: { zh: '须有登记机关的记载', en: 'a registry must state it' },
  [builtIn.customer.id]: { zh: '登记机关不掌握，由客户自行提供', en: 'no registry holds it; the customer supplies it' },
  [builtIn.valid.id]: { zh: '须在有效期内', en: 'must be within its validity' },
  [builtIn.correctedKnown.id]: {
    zh: '更正或撤销所指的记录须已收到',
    en: 'the record that a correction or reversal names must be known',
  },
  [builtIn.displaces.id]: {
    zh: '更正登记未指明所更正的记录，且与此前登记的权利人不同，请核对',
    en: 'a correction names no entry that it corrects, and puts another holder in the place of the one before; please check',
  },
  [builtIn.consistent.id]: { zh: '同一版本的记载不得互相矛盾', en: 'the source must not contradict itself' },
  ...kinRuleTexts,
};
