#!/bin/sh
# Roles on the server of the keys: roles belong to the whole server, so that the first file needs none of its databases.
set -eu
psql -v ON_ERROR_STOP=1 --no-psqlrc -U postgres -d postgres -f /roles/roles.sql
psql -v ON_ERROR_STOP=1 --no-psqlrc -U postgres -d hub_keys -f /roles/keys.sql
