// What stories read of packages, as the portal answers them.
import assert from 'node:assert/strict';
import type { World } from './world.ts';

export interface ReadItem {
  id: string;
  status: string;
  required: boolean;
  event: string | null;
  rule: { id: string; version: number };
  notices: { id: string }[];
}
export interface ReadPackage {
  id: string;
  type: string;
  status: string;
  digest: string;
  subject: { id: string; name: string | null };
  items: ReadItem[];
}
export interface ReadChange {
  id: string;
  change: string;
  status: string | null;
  was: string | null;
  cause: { type?: string; date?: string };
}

/** Every package of a company, by type. */
export async function packagesOf({ portal }: World, subject: string): Promise<Map<string, ReadPackage>> {
  const { status, body } = await portal<{ items: ReadPackage[] }>(`/packages?subject=${encodeURIComponent(subject)}&limit=100`);
  assert.equal(status, 200, JSON.stringify(body));
  return new Map(body.items.map((pack) => [pack.type, pack]));
}

/** The one package of a type of the first company of the cast. */
export async function companyPackage(world: World, type: string, role = 0): Promise<ReadPackage> {
  const pack = (await packagesOf(world, world.cast.company(role).uscc)).get(type);
  assert.ok(pack, `there is no ${type} package`);
  return pack;
}

/** The subject id of a person, exchanged as the portal does. */
export async function personId({ cast, portal }: World, role: number): Promise<string> {
  const { idNumber } = cast.person(role);
  const { body } = await portal<{ subject: string }>('/subjects', {
    method: 'POST',
    body: JSON.stringify({ idType: 'citizen-id', idNumber }),
  });
  return body.subject;
}

export const itemOf = (pack: ReadPackage, id: string): ReadItem => {
  const item = pack.items.find((candidate) => candidate.id === id);
  assert.ok(item, `there is no item ${id}`);
  return item;
};

/** Status of each item, by id. */
export const statuses = (pack: ReadPackage): Record<string, string> => Object.fromEntries(pack.items.map(({ id, status }) => [id, status]));

/** Every line of the change feed about one package or request, in order. */
export async function changesOf({ portal }: World, id: string): Promise<ReadChange[]> {
  const { body } = await portal<{ items: ReadChange[] }>('/changes?limit=500');
  return body.items.filter((change) => change.id === id);
}

export interface ReadRequest {
  id: string;
  status: string;
  digest: string;
  buyers: { id: string; name: string | null }[];
  property: { event: string };
  meter: { consumerNo: string; how: string } | null;
  blocks: { code: string }[];
  notices: { code: string }[];
  life: { stage: string; utilities: { utility: string; state: string }[] };
}

/** What a step does in the world of its story. */
export type Told = (world: World) => Promise<void>;

export async function requestOf({ portal }: World, id: string): Promise<ReadRequest> {
  const { status, body } = await portal<ReadRequest>(`/transfer-requests/${encodeURIComponent(id)}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
