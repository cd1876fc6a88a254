#!/bin/sh
# Makes a certificate authority, and a certificate for each of three EventStoreDB nodes, where there are none yet.
# They are good for two years; to renew them remove /trust/ca.crt, run this again and restart the nodes, then the hub.
# The authority's key is thrown away: nobody can sign another node with it.
set -eu
trust=${TRUST:-/trust}
certificates=${CERTIFICATES:-/certificates}
[ -f "$trust/ca.crt" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
es-gencert-cli create-ca -days 730 -out "$work/ca"
for node in 1 2 3; do
  es-gencert-cli create-node -days 730 -ca-certificate "$work/ca/ca.crt" -ca-key "$work/ca/ca.key" \
    -out "$work/node" -ip-addresses 127.0.0.1 -dns-names "eventstore-$node,localhost"
  cp "$work/node/node.crt" "$work/node/node.key" "$certificates/$node/"
  # EventStoreDB runs as this user, and refuses a key that others may read.
  chown -R 1000:1000 "$certificates/$node"
  chmod 0600 "$certificates/$node/node.key"
  rm -rf "$work/node"
done
# Last, since it says that all is done.
cp "$work/ca/ca.crt" "$trust/ca.crt.new"
chmod 0644 "$trust/ca.crt.new"
mv "$trust/ca.crt.new" "$trust/ca.crt"
