// The keys of natural persons, one each, in a store of their own. Destroying a key erases the person everywhere.
// Any call that gives a promise rejects with HubError ENGINE_UNAVAILABLE while the engine cannot be reached.
import type { PersonalData, Sealed } from '../domain/facts.ts';

export interface PersonPseudonyms {
  /** To be awaited before the first pseudonym, token or box; at once after that. */
  ready(): Promise<void>;
  /** The pseudonym of an identity document, `p-` and 22 characters; the same number always gives the same. */
  pseudonym(idType: string, idNumber: string): string;
}

/** What adapters are handed: they may hide, not see. */
export interface PersonSealer extends PersonPseudonyms {
  /** A keyed token for exact comparison without the text (addresses of homes). */
  token(text: string): string;
  /** Encrypts under the person's key, made on first use; an erased person gets an empty box, never a new key. */
  seal(person: string, data: PersonalData): Sealed;
  /**
   * Makes the keys of all that was sealed since it last said `saved` durable; to be called before events are published.
   * `again`: some key was not the one that is kept, as another process made or destroyed it meanwhile. What was sealed
   * must be thrown away and sealed again, then saved again.
   */
  save(): Promise<'saved' | 'again'>;
}

/** What the portal is handed. */
export interface PersonOpener extends PersonPseudonyms {
  /** The plaintext, or null when the person was erased. Errors: STORE_CORRUPT for a box that was altered. */
  open(person: string, box: Uint8Array): Promise<PersonalData | null>;
}

/** What the operator's erase command is handed. */
export interface PersonEraser {
  /** Whether there is a key, there was one, or the person was never sealed here. */
  state(person: string): Promise<'present' | 'erased' | 'unknown'>;
  /** Destroys the key for good; says whether there was one, was none, or it was destroyed before. */
  erase(person: string, at: number): Promise<'erased' | 'unknown' | 'already-erased'>;
}

export interface PersonKeys extends PersonSealer, PersonOpener, PersonEraser {
  close(): Promise<void>;
}
