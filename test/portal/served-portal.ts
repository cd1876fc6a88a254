// A portal over real HTTP, on views and keys in SQLite, with two persons it knows.
import assert from 'node:assert/strict';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { portalOperations } from '../../services/portal/portal.ts';
import { serve } from '../drivers/http/fixture.ts';
import { packageTypes } from './fixture.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';
import type { Served } from '../drivers/http/fixture.ts';

export const idNumber = '11010519491231002X';
export const unit = '110105001001GB00001F00010001';
export const home = '朝阳区示例路1号2幢3单元401室';

export interface ServedPortal extends Served {
  views: ViewStore;
  keys: PersonKeys;
  /** Pseudonyms: of `idNumber`, and of the passport E12345678. */
  zhang: string;
  li: string;
  /** A sealed box as rows hold it, with `idNumber` and `home`. */
  box: (person: string, name: string) => string;
  list: (path: string) => Promise<{ items: Record<string, unknown>[]; next: string | null }>;
}

export async function servePortal(): Promise<ServedPortal> {
  const views = openSqliteViewStore(':memory:');
  const keys = openSqlitePersonKeys(':memory:');
  const served = await serve('portal', portalOperations({ views, persons: keys, packages: packageTypes }));
  return {
    ...served,
    views,
    keys,
    zhang: keys.pseudonym('citizen-id', idNumber),
    li: keys.pseudonym('passport', 'E12345678'),
    box: (person, name) =>
      Buffer.from(keys.seal(person, { name, idType: 'citizen-id', idNumber, phone: null, address: home }).box).toString('base64'),
    async list(path) {
      const { status, json, text } = await served.ask(path);
      assert.equal(status, 200, text);
      return json as never;
    },
    async close() {
      await served.close();
      await views.close();
      await keys.close();
    },
  };
}
