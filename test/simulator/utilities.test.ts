// Simulated marketing systems answer as the contract says, and forget nothing they took under a key.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readOpenApi } from '../../services/drivers/http/openapi-document.ts';
import { simulatedUtilities, startUtilities } from '../../services/simulator/utilities.ts';
import { projectRoot } from '../support/project.ts';

const { operations } = readOpenApi(join(projectRoot, 'contracts', 'http', 'marketing.yaml'));
const key = 'ab'.repeat(16);
const holder = { kind: 'person', name: '模拟', idType: 'citizen-id', idNumber: null, phone: null };
const application = {
  ...{ caseNo: 'SL1', utility: 'gas', unitCode: null, certificateNo: null, consumerNo: null, oldHolder: null, newHolder: holder },
  ...{ address: null, area: '88.5', registeredOn: '2025-01-01' },
  consentBasis: { event: '018f0000-0000-8000-8000-000000000001', form: 'register' },
};

describe('simulated utilities', () => {
  const system = simulatedUtilities({ completeAfter: 2 });
  let server: Awaited<ReturnType<typeof startUtilities>>;
  before(async () => {
    server = await startUtilities(system);
  });
  after(() => server.close());

  const call = async (operationId: string, path: string, body?: object): Promise<{ status: number; json: Record<string, unknown> }> => {
    const operation = operations.find((one) => one.operationId === operationId)!;
    if (body) assert.ok(operation.body!(body), JSON.stringify(operation.body!.errors));
    const response = await fetch(`${server.urlOf('gas')}${path}`, {
      method: operation.method.toUpperCase(),
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json = (await response.json()) as Record<string, unknown>;
    const answer = operation.answers.get(response.status);
    assert.ok(answer?.validate(json), `${response.status} ${JSON.stringify(answer?.validate.errors)}`);
    return { status: response.status, json };
  };

  it('take an application once, complete it after some questions, and answer what the contract says', async () => {
    assert.equal((await call('getApplication', `/applications/${key}`)).status, 404);
    const first = await call('submitApplication', '/applications', application);
    assert.deepEqual([first.json['state'], first.json['key']], ['accepted', key]);
    assert.deepEqual((await call('submitApplication', '/applications', application)).json, first.json);
    const states = [];
    for (let i = 0; i < 3; i++) states.push((await call('getApplication', `/applications/${key}`)).json['state']);
    assert.deepEqual(states, ['accepted', 'completed', 'completed']);
    assert.equal((await call('cancelApplication', `/applications/${key}/cancellation`, { reason: 'sold-on' })).json['state'], 'completed');
    assert.equal(system.taken('gas').length, 1);
  });

  it('take nothing any more under a key that was cancelled before it came', async () => {
    const other = 'cd'.repeat(16);
    assert.equal(
      (await call('cancelApplication', `/applications/${other}/cancellation`, { reason: 'blocked' })).json['state'],
      'cancelled',
    );
    assert.equal((await call('getApplication', `/applications/${other}`)).json['state'], 'cancelled');
  });

  it('refuse what has no key', async () => {
    const response = await fetch(`${server.urlOf('gas')}/applications`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 400);
  });
});
