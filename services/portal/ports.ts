// What the portal is handed: views to read, and boxes to open.
import type { PackageType } from '../domain/packages/contract.ts';
import type { PersonOpener } from '../ports/person-keys.ts';
import type { ViewReader } from '../ports/view-store.ts';

export interface PortalPorts {
  views: Pick<ViewReader, 'get' | 'find' | 'list' | 'feed'>;
  persons: PersonOpener;
  /** The application types in force, for titles and the text of rules. */
  packages: readonly PackageType[];
}
