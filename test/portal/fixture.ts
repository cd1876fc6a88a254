// Rows as the projector writes them, for tests of those who read them.
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';
import { compilePackages } from '../../services/domain/packages/contract.ts';
import type { Item, Package } from '../../services/domain/packages/judge.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { FeedEntry, RowChange, ViewRow, ViewWriter } from '../../services/ports/view-store.ts';
import type { FeedLine, JudgedLocal, SourceLocal, TargetKey } from '../../services/ports/views.ts';

const licenceEvent = '018f0000-0000-8000-8000-000000000001';
export const propertyEvent = '018f0000-0000-8000-8000-000000000002';
export const meterEvent = '018f0000-0000-8000-8000-000000000003';
const recordedAt = Date.UTC(2025, 0, 2, 3, 4, 5);

const text = { zh: '权利人须为申请人', en: 'the holder must be the applicant' };

/** One application type with an item from a register and one that only the customer has. */
export const packageTypes = compilePackages(
  [
    {
      id: 'low-voltage-residential',
      version: 3,
      title: { zh: '低压居民新装', en: 'Low-voltage residential' },
      legalBasis: '供电营业规则',
      for: 'held-property',
      when: 'true',
      items: [
        { id: 'ownership', title: { zh: '物业权属', en: 'Ownership' }, oneOf: [{ evidence: 'property', rules: ['held-by-applicant'] }] },
        { id: 'equipment', title: { zh: '用电设备清单', en: 'Equipment list' }, requiredWhen: 'false', oneOf: [] },
      ],
    },
  ],
  [{ id: 'held-by-applicant', version: 2, text, holds: 'true', otherwise: 'mismatch' }],
);

const customer: Item = {
  id: 'equipment',
  status: 'customer-supplied',
  required: false,
  evidence: null,
  value: null,
  event: null,
  validFrom: null,
  validUntil: null,
  rule: { id: 'supplied-by-the-customer', version: 1 },
  notices: [],
};

export function packageOf(subject: Package['subject'], premises: string, status: Package['status'] = 'verified'): Package {
  const ownership: Item = {
    id: 'ownership',
    status,
    required: true,
    evidence: 'property',
    value: premises,
    event: propertyEvent,
    validFrom: Date.UTC(2024, 4, 6),
    validUntil: '2030-01-01',
    rule: { id: 'held-by-applicant', version: 2 },
    notices: [{ id: 'gone', version: 1 }],
  };
  return {
    acceptance: { promises: [], state: status === 'verified' ? 'complete' : 'incomplete' },
    id: `low-voltage-residential~${subject.id}~${premises}`,
    type: 'low-voltage-residential',
    contractVersion: 3,
    subject,
    premises,
    rules: packageTypes[0]!.digest,
    status,
    items: [ownership, customer],
  };
}

export function packageRow(pack: Package, sealed: Record<string, string> = {}): ViewRow {
  const target = `held-property:${pack.premises}` as const;
  const tags = [
    `subject:${pack.subject.id}`,
    `premises:${pack.premises}`,
    `status:${pack.status}`,
    `type:${pack.type}`,
    `target:${target}`,
  ];
  return rowOf('package', pack, localOf(pack, target, sealed), tags);
}

export function transferRow(request: TransferRequest, sealed: Record<string, string> = {}): ViewRow {
  const target = `house-transfer:${request.id}` as const;
  const tags = [
    `status:${request.status}`,
    `target:${target}`,
    ...[...request.sellers, ...request.buyers].map(({ id }) => `subject:${id}`),
  ];
  if (request.property.unitCode !== null) tags.push(`premises:${request.property.unitCode}`);
  if (request.meter) tags.push(`consumer:${request.meter.consumerNo}`);
  return rowOf('transfer-request', request, localOf(request, target, sealed), tags);
}

/** A row of a fact, of which readers want the name or the address. */
export function factRow(view: string, key: string, fact: object): ViewRow {
  return {
    view,
    key,
    body: JSON.stringify({ subject: key, fact, event: licenceEvent, history: [], conflicts: [] }),
    local: '{}',
    tags: [],
    due: null,
  };
}

/** How a source is doing: when it was last in contact, in milliseconds. */
export function sourceRow(source: string, lastContact: number): ViewRow {
  const local: Partial<SourceLocal> = { lastContact, lastRecorded: null };
  return { view: 'source', key: source, body: JSON.stringify({ source }), local: JSON.stringify(local), tags: [], due: null };
}

export function feedEntry(position: number, line: Partial<FeedLine>): FeedEntry {
  const cursor = `${String(position).padStart(12, '0')}.00000000.000000`;
  const whole = {
    kind: 'package',
    id: `p${position}`,
    change: 'prepared',
    status: 'verified',
    was: null,
    digest: null,
    cause: { event: propertyEvent, type: 'property-right.registered', subject: 'u1' },
    ...line,
  };
  return { cursor, view: whole.kind, key: whole.id, body: JSON.stringify(whole) };
}

export async function commit(views: ViewWriter, rows: readonly ViewRow[], feed: readonly FeedEntry[] = []): Promise<void> {
  const changes: RowChange[] = rows.map((row) => ({ view: row.view, key: row.key, row, was: null }));
  await views.commit({ rows: changes, feed, checkpoint: { position: 9, date: '2025-01-02' } });
}

function rowOf(view: string, body: Package | TransferRequest, local: JudgedLocal, tags: string[]): ViewRow {
  return { view, key: body.id, body: JSON.stringify(body), local: JSON.stringify(local), tags: [...new Set(tags)].sort(), due: null };
}

function localOf(body: object, target: TargetKey, sealed: Record<string, string>): JudgedLocal {
  return {
    target,
    digest: digestOf(canonicalJson(body)),
    learnt: { [propertyEvent]: { source: 'property-right', recordedtime: recordedAt, position: 7 } },
    sealed,
  };
}
