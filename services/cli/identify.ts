// `hub identify`: what an identifier is, and whether it is good.
import { createInterface } from 'node:readline';
import { identify } from '../domain/identifiers/identify.ts';
import type { Readable } from 'node:stream';
import type { Output } from './output.ts';

const longestLine = 4096;

/** Judges each text, and each line of standard input for `-`. Says whether all were good. */
export async function identifyTexts(texts: readonly string[], input: Readable, output: Output): Promise<boolean> {
  let allGood = true;
  const tell = (text: string): void => {
    const { kind, valid, normalised, warnings } = identify(text.slice(0, longestLine));
    allGood &&= valid;
    output.value({ input: text, kind, valid, normalised, warnings }, (verdict) => {
      const remarks = verdict.warnings.map((warning) => `${warning.zh} ${warning.en}`).join('; ');
      return `${valid ? '✓' : '✗'} ${text}  ${kind}${normalised !== null && normalised !== text ? `  ${normalised}` : ''}${remarks ? `  ${remarks}` : ''}`;
    });
  };
  for (const text of texts) {
    if (text !== '-') tell(text);
    else for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line !== '') tell(line.replace(/^\uFEFF/, ''));
  }
  return allGood;
}
