#!/bin/sh
# The accounts that services log in to EventStoreDB with, and who may read and write. May be run again at any time.
#
#   account        group        may
#   hub-recorder   hub-writers  append events; read them back to tell a repeat from a conflict
#   hub-projector  hub-readers  read everything
#   hub-portal     hub-readers  read everything (the history of a transfer; what was consented to and promised so far)
#   hub-audit      hub-readers  read everything
#   hub-dispatcher hub-readers  read everything (the steps of a request so far)
#   hub-supervisor hub-readers  read everything (the thresholds recorded so far)
#   hub-operator   hub-readers  read everything (`hub events`, `hub status`, `hub replay`)
#
# Nobody but $admins may delete a stream or change who may do what.
#
# EVENTSTORE_HTTP  address of a node, https://…:2113
# CA_FILE          certificate that its own is checked with
# EVENTSTORE_DEFAULT_ADMIN_PASSWORD, HUB_…_PASSWORD  from the environment, never from the command line
set -eu
: "${EVENTSTORE_HTTP:?}" "${CA_FILE:?}" "${EVENTSTORE_DEFAULT_ADMIN_PASSWORD:?}"
: "${HUB_RECORDER_PASSWORD:?}" "${HUB_PROJECTOR_PASSWORD:?}" "${HUB_PORTAL_PASSWORD:?}" "${HUB_AUDIT_PASSWORD:?}"
: "${HUB_DISPATCHER_PASSWORD:?}" "${HUB_SUPERVISOR_PASSWORD:?}" "${HUB_OPERATOR_PASSWORD:?}"

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Passwords reach curl in a file: arguments can be read by every process of the machine.
escape() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
printf 'user = "admin:%s"\ncacert = "%s"\nsilent\nshow-error\n' "$(escape "$EVENTSTORE_DEFAULT_ADMIN_PASSWORD")" "$CA_FILE" >"$work/curl"

# post PATH TYPE: sends standard input and prints the status that came back.
post() { curl --config "$work/curl" --location-trusted --output /dev/null --write-out '%{http_code}' --header "Content-Type: $2" --data-binary @- "$EVENTSTORE_HTTP$1"; }

account() {
  status=$(printf '{"loginName":"%s","fullName":"%s","groups":["%s"],"password":"%s"}' "$1" "$1" "$2" "$(escape "$3")" | post /users/ application/json)
  case $status in
    201) echo "account $1 made" ;;
    409)
      status=$(printf '{"newPassword":"%s"}' "$(escape "$3")" | post "/users/$1/command/reset-password" application/json)
      [ "$status" = 200 ] || { echo "account $1: HTTP $status" >&2; exit 1; }
      echo "account $1 was there; its password is set" ;;
    *) echo "account $1: HTTP $status" >&2; exit 1 ;;
  esac
}

# allow STREAM EVENT-ID TYPE: writes standard input as an event; the same id twice is the same event.
allow() {
  status=$({ printf '[{"eventId":"%s","eventType":"%s","data":' "$2" "$3"; cat; printf '}]'; } | post "/streams/$1" application/vnd.eventstore.events+json)
  [ "$status" = 201 ] || { echo "access list $1: HTTP $status" >&2; exit 1; }
  echo "access list $1 written"
}

account hub-recorder hub-writers "$HUB_RECORDER_PASSWORD"
account hub-projector hub-readers "$HUB_PROJECTOR_PASSWORD"
account hub-portal hub-readers "$HUB_PORTAL_PASSWORD"
account hub-audit hub-readers "$HUB_AUDIT_PASSWORD"
account hub-dispatcher hub-readers "$HUB_DISPATCHER_PASSWORD"
account hub-supervisor hub-readers "$HUB_SUPERVISOR_PASSWORD"
account hub-operator hub-readers "$HUB_OPERATOR_PASSWORD"

allow '%24settings' 0f6c2a5e-5b0e-4b57-9a3e-6d0f3b1c8a01 update-default-acl <<'ACL'
{
  "$userStreamAcl": {"$r": ["$admins", "hub-readers", "hub-writers"], "$w": ["$admins", "hub-writers"], "$d": "$admins", "$mr": "$admins", "$mw": "$admins"},
  "$systemStreamAcl": {"$r": "$admins", "$w": "$admins", "$d": "$admins", "$mr": "$admins", "$mw": "$admins"}
}
ACL
allow '%24all/metadata' 0f6c2a5e-5b0e-4b57-9a3e-6d0f3b1c8a02 '$metadata' <<'ACL'
{"$acl": {"$r": ["$admins", "hub-readers", "hub-writers"]}}
ACL
