// How facts become bytes and come back (Avro single-object encoding over `schemas/`).
import type { Family } from '../domain/events.ts';

export interface EventCodec {
  /** Encodes a fact with the oldest schema of its family that says all of it. Throws HubError CONTRACT_INVALID when it does not fit. */
  encode(family: Family, fact: object): Uint8Array;
  /** Decodes by the fingerprint in the first ten bytes. Throws HubError STORE_CORRUPT on unknown or broken bytes. */
  decode(data: Uint8Array): object;
  /** Throws where `decode` would, and costs a fraction of it. */
  check(data: Uint8Array): void;
  /** Which schema file the bytes name, e.g. `business-licence.v1`. */
  schemaOf(data: Uint8Array): string;
  /** Field names of the newest schema of a family. */
  fields(family: Family): readonly string[];
}
