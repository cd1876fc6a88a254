// Sends a refused record through its mapping again, corrected.
import { HubError } from '../domain/errors.ts';
import { contactEvent } from './contact.ts';
import { compileMapping } from './map-record.ts';
import { ownEvent } from '../ports/own-event.ts';
import type { HubEvent } from '../domain/events.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { AdapterPorts } from './ports.ts';

export interface RefusedRecord {
  id: string;
  mapping: string;
  reason: string;
  field: string | null;
  place: string;
  persons: string[];
  /** The record as kept, or its raw text where it could never be parsed. */
  content: Record<string, unknown> | string;
}

/**
 * Publishes the event that the corrected record makes, and the one that says it was redriven. `corrections` are by the
 * source's own field names. Gives the reason and field when it is refused again. Errors: USAGE for raw text or an
 * unknown field.
 */
export async function redrive(
  contract: SourceContract,
  refused: RefusedRecord,
  corrections: Record<string, string>,
  ports: AdapterPorts,
): Promise<{ event: string } | { reason: string; field: string | null }> {
  const record = refused.content;
  if (typeof record === 'string')
    throw new HubError(
      'USAGE',
      'this record could not be parsed; correct it in the source file and import that again 该记录无法解析，请更正源文件后重新导入',
    );
  const known = Object.values(contract.mappings[refused.mapping]!.fields).flatMap((source) => source.from ?? []);
  for (const name of Object.keys(corrections)) {
    if (!known.includes(name))
      throw new HubError('USAGE', `the mapping ${refused.mapping} reads no field "${name}" 没有此字段; it reads 可用 ${known.join(', ')}`);
  }
  await ports.keys.ready();
  const map = compileMapping(contract, contract.mappings[refused.mapping]!, ports);
  let mapped;
  do {
    mapped = map({ ...record, ...corrections }, null, record);
    if (mapped.kind === 'refused') return { reason: mapped.reason, field: mapped.field };
  } while ((await ports.keys.save()) === 'again');
  const contact = contactEvent(contract, 'redriven', null, { received: 1, published: 1, quarantined: 0 }, ports, null);
  await ports.log.publish([mapped.event, redrivenEvent(contract, refused, ports), contact]);
  return { event: mapped.event.id };
}

function redrivenEvent(contract: SourceContract, refused: RefusedRecord, { codec, now }: AdapterPorts): HubEvent {
  const { id, mapping, reason, field, place, persons } = refused;
  const content = { digest: Buffer.alloc(0), box: Buffer.alloc(0) };
  const fact = { change: 'redriven', record: id, source: contract.name, mapping, reason, field, position: place, persons, content };
  return ownEvent(codec, { family: 'quarantine', contract, subject: id, time: now(), fact });
}
