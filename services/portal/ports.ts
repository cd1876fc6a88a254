// What the portal is handed: views to read, boxes to open, and what records and signs what it gives.
import type { PromisingSource } from '../domain/freshness.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { PersonOpener } from '../ports/person-keys.ts';
import type { Bilingual } from '../domain/source-contract.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { Promises } from '../ports/promises.ts';
import type { Recording } from '../ports/recording.ts';
import type { Signer } from '../ports/signing.ts';
import type { SubjectHistory } from '../ports/subject-history.ts';
import type { TransferDecisions } from '../ports/transfer-decisions.ts';
import type { ViewReader } from '../ports/view-store.ts';

/** What reading and copying needs. */
export interface GivingPorts {
  views: Pick<ViewReader, 'get' | 'find' | 'list' | 'feed' | 'checkpoint'>;
  persons: PersonOpener;
  /** The application types in force, for titles and the text of rules. */
  packages: readonly PackageType[];
  /** What the sources are called and promised, by name. */
  sources: ReadonlyMap<string, { title: Bilingual } & PromisingSource>;
  codec: Pick<EventCodec, 'encode'>;
  recording: Recording;
  /** `<id>@<version> <legal basis>` of a consumer's contract. */
  legalBasis: (consumer: string) => string;
  signer: Signer;
  /** Who makes copies, as their `iss`. */
  issuer: string;
  /** Draws the QR code of a text, as SVG. */
  qrCode: (text: string) => string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** A UUID that was never given before. */
  newId: () => string;
}

export interface PortalPorts extends GivingPorts {
  subjects: SubjectHistory;
  transfers: TransferDecisions;
  promises: Promises;
}
