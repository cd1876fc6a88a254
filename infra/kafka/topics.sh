#!/bin/sh
# The hub's topics, and who may do what with them. May be run again at any time: what is there is left as it is, also rights
# that were given once and are not in this list any more (`kafka-acls.sh --remove`).
# The hub makes missing topics by itself where it may; in production it may not, and an operator runs this.
#
#   topics.sh --print   says what it would do, and does nothing
#   topics.sh           does it, as a user that brokers count among `super.users`
#
# BOOTSTRAP    brokers, host:port with commas between
# CONFIG       file with the login (`--command-config` of Kafka's tools), if one is needed
# PREFIX       put before every topic's name, as KAFKA_TOPIC_PREFIX of the hub (default: none)
# PARTITIONS   of every topic but dead-letter (default 12). More later moves keys to other partitions: choose once
# REPLICATION  copies (default 3); one fewer must have a message before it counts as written
# RETENTION    milliseconds that events stay, -1 for ever (default). Results are kept by key, for ever
# GROUP        consumer group of the recorders (default hub-recorder)
# KAFKA_BIN    folder of Kafka's tools (default /opt/kafka/bin)
set -eu
prefix=${PREFIX:-}
partitions=${PARTITIONS:-12}
replication=${REPLICATION:-3}
retention=${RETENTION:--1}
group=${GROUP:-hub-recorder}
bin=${KAFKA_BIN:-/opt/kafka/bin}

# topic | what is in it; of events those apart that state facts of registries
topics='
business-licence.v1   events,facts
property-right.v1     events,facts
project-approval.v1   events,facts
planning-permit.v1    events,facts
house-transfer.v1     events,facts
meter-account.v1      events,facts
quarantine.v1         events
erasure.v1            events
contact.v1            events
authorisation.v1      events
commitment.v1         events
transfer-request.v1   events
access.v1             events
supervision.v1        events
retirement.v1         events
dead-letter           dead-letters
packages.v1           results
transfer-requests.v1  results
'

# user | operations (Write and Read imply Describe) | on: a topic's name, a word of the table above, or group:NAME
#
# The hub asks how a topic that is there is configured, so that it can tell a difference: DescribeConfigs.
# Adapters write facts, and of the hub's own events those about records refused and contacts with sources. They see how far
# recorders have committed, since their cursors trail it. They read no events.
# Portals record who is given what, and what is consented to, promised and chosen, before they answer; the dispatcher each
# step of a request, and to whom it goes, before it calls; the supervisor thresholds. All wait for recorders to have taken it.
# Consumers of results are named here one by one; each has a group of its own name.
access="
hub-adapters        Describe,DescribeConfigs  events
hub-adapters        Write                     facts
hub-adapters        Write                     quarantine.v1
hub-adapters        Write                     contact.v1
hub-adapters        Describe,DescribeConfigs  dead-letters
hub-adapters        Describe                  group:$group
hub-recorder        Read,DescribeConfigs      events
hub-recorder        Write,DescribeConfigs     dead-letters
hub-recorder        Read                      group:$group
hub-projector       Write,DescribeConfigs     results
hub-portal          Describe,DescribeConfigs  events
hub-portal          Describe,DescribeConfigs  dead-letters
hub-portal          Write                     access.v1
hub-portal          Write                     authorisation.v1
hub-portal          Write                     commitment.v1
hub-portal          Write                     transfer-request.v1
hub-portal          Describe                  group:$group
hub-dispatcher      Describe,DescribeConfigs  events
hub-dispatcher      Describe,DescribeConfigs  dead-letters
hub-dispatcher      Write                     transfer-request.v1
hub-dispatcher      Write                     access.v1
hub-dispatcher      Describe                  group:$group
hub-supervisor      Describe,DescribeConfigs  events
hub-supervisor      Describe,DescribeConfigs  dead-letters
hub-supervisor      Write                     supervision.v1
hub-supervisor      Describe                  group:$group
hub-operator        Write,DescribeConfigs     events
hub-operator        Read,DescribeConfigs      dead-letters
hub-operator        Describe                  group:$group
application-portal  Read                      results
application-portal  Read                      group:application-portal
"

case ${1:-} in
  --print) run() { tool=$1; shift; echo "$tool $*"; } ;;
  '')
    : "${BOOTSTRAP:?}"
    run() { tool=$1; shift; "$bin/$tool" --bootstrap-server "$BOOTSTRAP" ${CONFIG:+--command-config "$CONFIG"} "$@"; }
    ;;
  *) echo 'topics.sh [--print]' >&2; exit 2 ;;
esac

make() {
  case ${2%%,*} in
    results) own="--partitions $partitions --config cleanup.policy=compact" ;;
    dead-letters) own="--partitions 1 --config cleanup.policy=delete --config retention.ms=$retention" ;;
    events) own="--partitions $partitions --config cleanup.policy=delete --config retention.ms=$retention" ;;
  esac
  in_sync=$((replication > 1 ? replication - 1 : 1))
  # Several words on purpose.
  # shellcheck disable=SC2086
  run kafka-topics.sh --create --if-not-exists --topic "$prefix$1" --replication-factor "$replication" $own --config "min.insync.replicas=$in_sync"
}

# allow USER OPERATIONS RESOURCE…
allow() {
  user=$1 operations=$2
  shift 2
  set -- --add --allow-principal "User:$user" "$@"
  for operation in $(echo "$operations" | tr , ' '); do set -- "$@" --operation "$operation"; done
  run kafka-acls.sh "$@"
}

echo "$topics" | while read -r topic what; do
  [ -z "$topic" ] || make "$topic" "$what"
done

echo "$access" | while read -r user operations on; do
  case $on in
    '') ;;
    group:*) allow "$user" "$operations" --group "${on#group:}" ;;
    *)
      resources=
      for topic in $(echo "$topics" | while read -r topic what; do case ",$what,$topic," in *",$on,"*) echo "$topic" ;; esac; done); do
        resources="$resources --topic $prefix$topic"
      done
      # shellcheck disable=SC2086
      allow "$user" "$operations" $resources
      ;;
  esac
done
