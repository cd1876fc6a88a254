// The views that a run gives in which nothing goes wrong: in this process, on files.
import { readConfig } from '../../../services/config/config.ts';
import { openHub } from '../../../services/hub/open-hub.ts';
import { pullAllOnce } from '../../../services/hub/pull-sources.ts';
import { pseudonymKey } from '../../support/project.ts';
import { inTempFolder } from '../../support/temp-folder.ts';
import { startFaultPlatform } from './platform.ts';
import type { Histories } from './platform.ts';

/** The digest of the views of these records. */
export async function undisturbedDigest(histories: Histories): Promise<string> {
  return inTempFolder(async (folder) => {
    const platform = await startFaultPlatform({ file: `${folder}/ledger`, histories, page: 500 });
    const hub = await openHub(readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex') }, { data: `${folder}/data` }));
    try {
      await pullAllOnce(hub, { url: platform.url, requesterId: 'fault', secret: 'fault' }, new AbortController().signal);
      return await hub.views.digest();
    } finally {
      await hub.close();
      await platform.close();
    }
  });
}
