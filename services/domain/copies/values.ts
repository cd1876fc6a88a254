// What a clerk reads as the value of an item: kinds of identity document by their names, all else as the register has it.
import type { Item } from '../packages/judge.ts';
import type { Bilingual } from '../source-contract.ts';

/** Kinds of documents of natural persons as adapters name them (DOMAIN: 证件类型代码). */
export const documents: Readonly<Record<string, Bilingual>> = {
  'citizen-id': { zh: '居民身份证', en: 'citizen identity card' },
  'officer-id': { zh: '军官证', en: 'officer identity card' },
  passport: { zh: '护照', en: 'passport' },
  'taiwan-permit': { zh: '台湾居民来往大陆通行证', en: 'permit of a Taiwan resident' },
  'hong-kong-macao-permit': { zh: '港澳居民来往内地通行证', en: 'permit of a Hong Kong or Macao resident' },
  'other-person': { zh: '其他个人证件', en: 'another personal document' },
};

/** Null where the item has no value. */
export const valueOf = ({ evidence, value }: Pick<Item, 'evidence' | 'value'>): Bilingual | null =>
  value === null || value === '' ? null : ((evidence === 'identity' ? documents[value] : undefined) ?? { zh: value, en: '' });
