// A server of its own with the roles that infra/postgres gives each service, and databases in which they apply.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ownPostgresFor } from './postgres.ts';
import { projectRoot } from './project.ts';

/** The addresses that a role is configured with; `superuser` is none of the hub's roles. */
export type RoleUrls = (role: string) => { DATABASE_URL: string; KEYS_URL: string };

export interface PostgresWithRoles {
  /** Makes a database of views, set up as infra/README.md says; the one of the keys is shared, as an event store may be. */
  installation(n: number): Promise<RoleUrls>;
  end(): Promise<void>;
}

const logins = ['hub_projector', 'hub_adapter', 'hub_portal', 'hub_audit', 'hub_dispatcher', 'hub_supervisor', 'hub_operator'];

/** For the `before` of a suite; skipped where there is no Postgres. */
export async function postgresWithRoles(context: Mocha.Context): Promise<PostgresWithRoles> {
  const server = await ownPostgresFor(context);
  let keys: Promise<void> | undefined;
  const urlOf = (database: string, role: string): string => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    if (role !== 'superuser') [url.username, url.password] = [role, `password-of-${role}`];
    return url.href;
  };
  async function sql(url: string, text: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }
  async function create(database: string, file: string): Promise<void> {
    await sql(server.url, `CREATE DATABASE ${database} ENCODING 'UTF8' TEMPLATE template0`);
    await sql(urlOf(database, 'superuser'), script(file));
  }
  const script = (name: string): string => readFileSync(join(projectRoot, 'infra/postgres', name), 'utf8');
  return {
    async installation(n) {
      await create(`hub${n}`, 'roles.sql');
      // Its script wants the roles that the other makes.
      await (keys ??= create('keys', 'keys.sql'));
      for (const role of logins) await sql(server.url, `ALTER ROLE ${role} PASSWORD 'password-of-${role}'`);
      return (role) => ({ DATABASE_URL: urlOf(`hub${n}`, role), KEYS_URL: urlOf('keys', role) });
    },
    end: () => server.end(),
  };
}
