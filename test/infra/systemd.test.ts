// infra/systemd: units that systemd can read and that run what there is.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { servicesNamed, serviceNames } from '../../services/hub/services.ts';
import { projectRoot } from '../support/project.ts';
import { readInfra } from './files.ts';

type Section = Record<string, string[]>;

/** systemd.syntax(7), as far as these files use it: sections, `name=value`, comments; no line goes on in the next. */
function parseUnit(file: string): Record<string, Section> {
  const unit: Record<string, Section> = {};
  let section: Section | undefined;
  for (const line of readInfra('systemd', file).split('\n')) {
    if (line === '' || /^[#;]/.test(line)) continue;
    const heading = /^\[(\w+)\]$/.exec(line);
    if (heading) {
      assert.equal(unit[heading[1]!], undefined, `${file}: [${heading[1]}] twice`);
      section = unit[heading[1]!] = {};
      continue;
    }
    const [, name, value] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? assert.fail(`${file}: ${line}`);
    assert.ok(section, `${file}: ${name} stands in no section`);
    (section[name!] ??= []).push(value!);
  }
  return unit;
}

describe('infra/systemd', () => {
  const files = readdirSync(join(projectRoot, 'infra', 'systemd'));

  it('has a unit for one process, a template for one a service, and a target for all', () => {
    assert.deepEqual(files.toSorted(), ['hub.service', 'hub.target', 'hub@.service']);
    for (const file of files) assert.ok(parseUnit(file)['Unit']?.['Description'], file);
  });

  it('starts the hub with the heap that keeps memory flat, and a command that there is', () => {
    const [heap] = /--max-old-space-size=\d+/.exec(readFileSync(join(projectRoot, 'services', 'main.ts'), 'utf8'))!;
    for (const file of ['hub.service', 'hub@.service']) {
      const [command] = parseUnit(file)['Service']!['ExecStart'] as [string];
      const words = command.split(' ');
      assert.deepEqual(words.slice(0, 4), ['/usr/bin/node', heap, '/opt/hub/dist/main.js', 'start']);
      const services = file === 'hub.service' ? [[]] : serviceNames.map((name) => words.slice(4).map((word) => word.replace('%i', name)));
      for (const [i, names] of services.entries())
        assert.deepEqual(servicesNamed(names), file === 'hub.service' ? [...serviceNames] : [serviceNames[i]]);
    }
  });

  it('reads what the machine is told, then what the service is told', () => {
    assert.deepEqual(parseUnit('hub.service')['Service']!['EnvironmentFile'], ['/etc/hub/hub.env']);
    assert.deepEqual(parseUnit('hub@.service')['Service']!['EnvironmentFile'], ['/etc/hub/hub.env', '/etc/hub/%i.env']);
  });

  it('stops and starts the template with the target', () => {
    const unit = parseUnit('hub@.service');
    assert.deepEqual(unit['Unit']!['PartOf'], ['hub.target']);
    assert.deepEqual(unit['Install']!['WantedBy'], ['hub.target']);
    assert.deepEqual(parseUnit('hub.target')['Install']!['WantedBy'], ['multi-user.target']);
  });

  it('shuts both in alike: no rights, one folder to write to, bounded memory, time to finish', () => {
    const [one, template] = ['hub.service', 'hub@.service'].map((file) => parseUnit(file)['Service']!) as [Section, Section];
    const shared = Object.keys(one).filter((name) => !['EnvironmentFile', 'ExecStart'].includes(name));
    for (const name of shared) assert.deepEqual(one[name], template[name], name);
    for (const [name, value] of Object.entries({
      User: 'hub',
      NoNewPrivileges: 'yes',
      CapabilityBoundingSet: '',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX',
      StateDirectory: 'hub',
      StateDirectoryMode: '0700',
      KillSignal: 'SIGTERM',
    }))
      assert.deepEqual(one[name], [value], name);
    assert.ok(Number.parseInt(one['TimeoutStopSec']![0]!, 10) > 10);
    assert.ok(Number.parseInt(one['MemoryMax']![0]!, 10) >= 1024 + 256);
    // V8 compiles at run time.
    assert.equal(one['MemoryDenyWriteExecute'], undefined);
  });
});
