// Where the utilities are: none unless named, and never in the clear over a network.
import assert from 'node:assert/strict';
import { readConfig } from '../../services/config/config.ts';

describe('the addresses of utilities', () => {
  it('are none unless they are named', () => {
    assert.deepEqual(readConfig({}).utilities, []);
    assert.deepEqual(readConfig({ HUB_WATER_URL: '', HUB_WATER_TOKEN: 'kept for later' }).utilities, []);
  });

  it('are taken without a slash at the end, each with its own token', () => {
    const { utilities } = readConfig({
      HUB_WATER_URL: 'https://water.example.com/v1/',
      HUB_ELECTRICITY_URL: 'http://127.0.0.1:8090/utilities/electricity',
      HUB_ELECTRICITY_TOKEN: 'a token',
    });
    assert.deepEqual(utilities, [
      { utility: 'electricity', url: 'http://127.0.0.1:8090/utilities/electricity', token: 'a token' },
      { utility: 'water', url: 'https://water.example.com/v1', token: null },
    ]);
  });

  it('are refused in the clear beyond this machine, and where they are no address; the token is not repeated', () => {
    for (const url of ['http://water.example.com', 'ftp://x', 'water', 'http://127.0.0.1.example.com/'])
      assert.throws(
        () => readConfig({ HUB_WATER_URL: url, HUB_WATER_TOKEN: 'hidden' }),
        (error: Error) => error.message.includes('HUB_WATER_URL') && !error.message.includes('hidden'),
        url,
      );
  });
});
