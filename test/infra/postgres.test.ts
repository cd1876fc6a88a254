// infra/postgres beside the rest of infra/: the schemas that the drivers use, and the roles that services are told to log in as.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '../../services/hub/services.ts';
import { projectRoot } from '../support/project.ts';
import { enginesOf, readInfra } from './files.ts';

const roles = readInfra('postgres', 'roles.sql');
const keys = readInfra('postgres', 'keys.sql');
const folder = join(projectRoot, 'services', 'drivers', 'postgres');

/** The role named in the comment above `variable` in a service's example of secrets. */
function roleIn(service: string, variable: string): string | undefined {
  const example = readInfra('compose', 'secrets', `${service}.env.example`);
  return new RegExp(`^# postgres://(\\w+):<password>@postgres\\S*\\n${variable}=$`, 'm').exec(
    example.replaceAll(/(\S); .*\n/g, '$1\n'),
  )?.[1];
}

describe('infra/postgres', () => {
  it('knows the schemas that the drivers use', () => {
    const used = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/options\.schema \?\? '(\w+)'/g)].map((match) => match[1]!),
    );
    assert.deepEqual(used.toSorted(), ['hub_adapters', 'hub_keys', 'hub_views']);
    for (const schema of used) assert.match(schema === 'hub_keys' ? keys : roles, new RegExp(`\\b${schema}\\b`), schema);
  });

  for (const name of serviceNames)
    it(`has the roles that ${name} logs in as, and no other for it`, () => {
      for (const [engine, variable, file] of [
        ['postgres', 'DATABASE_URL', roles],
        ['keys', 'KEYS_URL', keys],
      ] as const) {
        const role = roleIn(name, variable);
        assert.equal(role !== undefined, enginesOf[name].includes(engine), `${name}: ${variable}`);
        if (role === undefined) continue;
        assert.match(file, new RegExp(`TO [\\w, ]*\\b${role}\\b`), role);
        const row = readInfra('README.md')
          .split('\n')
          .find((line) => line.startsWith(`| ${name} |`))!;
        assert.equal(row.split('|')[engine === 'postgres' ? 4 : 5]!.includes(`\`${role}\``), true, row);
      }
    });
});
