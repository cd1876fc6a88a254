// The signature of platform calls against the vector of DOMAIN §7.1.
import assert from 'node:assert/strict';
import { signPlatformRequest } from '../../services/domain/platform-sign.ts';

describe('platform signature', () => {
  const call = { secret: 'demo-secret', sid: 's_DEMO_1', rid: 'demo-rid', rtime: '1700000000000' };

  it('agrees with the published demonstration call', () => {
    assert.equal(signPlatformRequest(call), 'PB/0pOZJTFgChRw/U4CPhuV2wR35socbwJ4VL0icRUM=');
  });

  it('signs service, requester and time in this order', () => {
    assert.notEqual(signPlatformRequest({ ...call, sid: call.rid, rid: call.sid }), signPlatformRequest(call));
  });

  it('takes secrets outside ASCII as UTF-8', () => {
    assert.equal(signPlatformRequest({ ...call, secret: '密钥' }).length, 44);
  });
});
