// Who someone is and where a home stands: organisations from their registry, persons from their sealed boxes.
import type { BusinessLicence } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { PortalPorts } from './ports.ts';

type Boxes = Readonly<Record<string, string>>;

/** What a sealed box says, or that its key was destroyed; all null when the row holds no box of this person. */
export interface OpenedPerson {
  name: string | null;
  address: string | null;
  erased: boolean;
}

/** A party as answered. */
export interface NamedParty {
  kind: string;
  id: string;
  name: string | null;
  erased?: true;
}

/** Opens what one row has sealed, each box once. */
export interface RowNames {
  person(id: string): Promise<OpenedPerson>;
  /** `name` is the one that the fact itself gives, which organisations have in the clear. */
  party(party: { kind: string; id: string; name?: string | null }): Promise<NamedParty>;
}

export interface NameReader {
  of(sealed: Boxes): RowNames;
  /** The address a fact states in the clear; null for a home, whose address is sealed with its holder. */
  addressIn(view: string, key: string): Promise<string | null>;
}

export function nameReader({ views, persons }: Pick<PortalPorts, 'views' | 'persons'>): NameReader {
  const open = async (id: string, box: string | undefined): Promise<OpenedPerson> => {
    if (box === undefined) return { name: null, address: null, erased: false };
    const data = await persons.open(id, Buffer.from(box, 'base64'));
    return { name: data?.name ?? null, address: data?.address ?? null, erased: data === null };
  };
  const organisation = async (id: string): Promise<string | null> => {
    if (id.startsWith('name:')) return id.slice('name:'.length);
    const row = await views.get('enterprise', id);
    return row ? (JSON.parse(row.body) as Subject<BusinessLicence>).fact.name : null;
  };
  return {
    of(sealed) {
      const opened = new Map<string, Promise<OpenedPerson>>();
      const person = (id: string): Promise<OpenedPerson> => {
        let known = opened.get(id);
        if (!known) opened.set(id, (known = open(id, sealed[id])));
        return known;
      };
      return {
        person,
        async party({ kind, id, name }) {
          if (kind !== 'person') return { kind, id, name: name ?? (await organisation(id)) };
          const { name: opened, erased } = await person(id);
          return erased ? { kind, id, name: null, erased } : { kind, id, name: opened };
        },
      };
    },
    async addressIn(view, key) {
      const row = await views.get(view, key);
      return row ? ((JSON.parse(row.body) as { fact: { address?: string | null } }).fact.address ?? null) : null;
    },
  };
}
