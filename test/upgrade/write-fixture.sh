#!/bin/sh
# Writes a data directory with an earlier version of the hub, as test/upgrade/upgrade.test.ts reads it.
#
#   write-fixture.sh <checkout of the earlier version, built> <folder to write>
set -eu
hub() { node "$earlier/dist/main.js" "$@" --data "$data"; }
earlier=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
data=$(mktemp -d)
export HUB_PSEUDONYM_KEY=0707070707070707070707070707070707070707070707070707070707070707
for source in business-licence property-right planning-permit meter-account house-transfer project-approval; do
  hub import "$source" "$here/inputs/$source.jsonl"
done
package=low-voltage-business~91340111XX0000AK8M~340111999001GB00520F00010206
copy() { hub packages export "$package" --purpose electricity-application --case "$1" --valid-until "$(date -d '+300 days' +%F)" --out "$data/$1.jws"; }
copy K1
hub packages promise high-voltage~91340111XX0000AJXM~2406-340111-00-01-000419 --items permit --deadline "$(date -d '+20 days' +%F)" --basis 表1
copy K2
hub consents grant --grantor 91340111XX0000AN26 --object SL-UPGRADE-1 --basis 表2
hub import property-right "$here/inputs/property-right-late.jsonl"
copy K3
mkdir -p "$out"
OUT=$out DATA=$data EARLIER=$earlier node --input-type=module <<'JS'
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
const { OUT, DATA, EARLIER } = process.env;
const Database = createRequire(`${EARLIER}/package.json`)('better-sqlite3');
const hub = (...args) =>
  execFileSync('node', [`${EARLIER}/dist/main.js`, ...args, '--data', DATA, '--json'], { encoding: 'utf8' })
    .split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
const recalls = {};
for (const { id, type } of hub('events', '--limit', '1000')) {
  if (!/^(business-licence|property-right|project-approval|planning-permit|house-transfer|meter-account)\./.test(type)) continue;
  const relied = hub('recall', '--event', id).filter(({ accesses }) => accesses?.length > 0);
  recalls[id] = Object.fromEntries(relied.map((each) => [each.id, each.accesses.map(({ event }) => event).sort()]));
}
const views = new Database(`${DATA}/views.sqlite`);
const feed = views.prepare('SELECT cursor, key, body FROM feed ORDER BY cursor').all();
views.close();
writeFileSync(`${OUT}/told.json`, JSON.stringify({ recalls, feed: feed.map(({ cursor, key, body }) => [cursor, key, JSON.parse(body).digest]) }, null, 1));
for (const name of ['log', 'store', 'views', 'keys', 'cursors']) {
  const db = new Database(`${DATA}/${name}.sqlite`);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('journal_mode = DELETE');
  db.close();
  writeFileSync(`${OUT}/${name}.sqlite.gz`, gzipSync(readFileSync(`${DATA}/${name}.sqlite`)));
}
JS
rm -r "$data"
