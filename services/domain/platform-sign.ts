// The signature of a call on 国家数据共享交换平台, the national data-exchange platform.
import { createHmac } from 'node:crypto';

/** What is signed: requester `rid`, service `sid`, and `rtime`, milliseconds since the epoch as text. */
interface PlatformCall {
  secret: string;
  sid: string;
  rid: string;
  rtime: string;
}

/** Base64 of HMAC-SHA256 under the secret (UTF-8) over sid, rid and rtime in this order, without separators (DOMAIN §7.1). */
export function signPlatformRequest({ secret, sid, rid, rtime }: PlatformCall): string {
  return createHmac('sha256', secret)
    .update(sid + rid + rtime)
    .digest('base64');
}
