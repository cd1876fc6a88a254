// The keys of natural persons, one each, in a store of their own. Destroying a key erases the person everywhere.
import type { PersonalData, Sealed } from '../domain/facts.ts';

/** What adapters are handed: they may hide, not see. */
export interface PersonSealer {
  /** The pseudonym of an identity document, `p-` and 22 characters; the same number always gives the same. */
  pseudonym(idType: string, idNumber: string): string;
  /** A keyed token for exact comparison without the text (addresses of homes). */
  token(text: string): string;
  /** Encrypts under the person's key, made on first use; an erased person gets an empty box, never a new key. */
  seal(person: string, data: PersonalData): Sealed;
  /** Makes new keys durable; to be called before events sealed with them are published. */
  save(): void;
}

/** What the portal is handed. */
export interface PersonOpener {
  pseudonym(idType: string, idNumber: string): string;
  /** The plaintext, or null when the person was erased. Throws HubError STORE_CORRUPT for a box that was altered. */
  open(person: string, box: Uint8Array): PersonalData | null;
}

/** What the operator's erase command is handed. */
export interface PersonEraser {
  /** Whether there is a key, there was one, or the person was never sealed here. */
  state(person: string): 'present' | 'erased' | 'unknown';
  /** Destroys the key for good; says whether there was one, was none, or it was destroyed before. */
  erase(person: string, at: number): 'erased' | 'unknown' | 'already-erased';
}

export interface PersonKeys extends PersonSealer, PersonOpener, PersonEraser {
  close(): void;
}
