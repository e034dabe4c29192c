#!/usr/bin/env bash
# Runs Ceph's S3 gateway on loopback, everything in memory, until its standard input ends or SIGTERM comes.
#   start.sh ROOT WORK PORT     ROOT: the tree that fetch.sh made; WORK: an empty folder; PORT … PORT+30 are used
# The keys of its user "tests" are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. A second user, "limited", has no rights of
# its own; its keys are limited-$AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Prints "READY" when it answers.
set -euo pipefail
root=$1 work=$2 port=$3
libraries=$(echo "$root"/usr/lib/*-linux-gnu)
loader=$(echo "$root"/usr/lib*/ld-linux-*.so.*)
run=("${loader%% *}" --library-path "$libraries:$libraries/ceph")
conf=$work/ceph.conf
fsid=$(cat /proc/sys/kernel/random/uuid)
mkdir -p "$work"/{mon,osd,run,log,rgw}

cat >"$conf" <<CONF
[global]
fsid = $fsid
mon_host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
ms_bind_port_min = $((port + 3))
ms_bind_port_max = $((port + 30))
keyring = $work/keyring
run_dir = $work/run
crash_dir = $work/run
admin_socket = $work/run/\$name.asok
log_file = $work/log/\$name.log
plugin_dir = $libraries/ceph
erasure_code_dir = $libraries/ceph/erasure-code
osd_class_dir = $libraries/rados-classes
auth_allow_insecure_global_id_reclaim = false
paxos_propose_interval = 0.05
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
[mon.a]
mon_data = $work/mon
mon_data_avail_warn = 2
mon_data_avail_crit = 1
[osd.0]
osd_data = $work/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_data = $work/rgw
rgw_run_sync_thread = false
CONF

ceph() { "${run[@]}" "$root/usr/bin/$1" "${@:2}" --conf "$conf" >>"$work/log/setup.out" 2>&1; }
key() { "${run[@]}" "$root/usr/bin/ceph-authtool" "$work/keyring" --gen-key -n "$@" >>"$work/log/setup.out"; }

daemons=()
daemon() {
  "${run[@]}" "$root/usr/bin/$1" "${@:2}" --conf "$conf" --foreground >"$work/log/$1.out" 2>&1 <&- &
  daemons+=($!)
}
# The gateway takes half a minute to end by itself; nothing here outlives its memory.
stop() {
  trap - EXIT
  kill -KILL "${daemons[@]}" 2>/dev/null || true
  wait
}
trap stop EXIT
trap 'exit 143' TERM INT HUP

"${run[@]}" "$root/usr/bin/ceph-authtool" --create-keyring "$work/keyring" >>"$work/log/setup.out"
key mon. --cap mon 'allow *'
for name in client.admin client.rgw osd.0; do
  key "$name" --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
done
"${run[@]}" "$root/usr/bin/monmaptool" --create --fsid "$fsid" \
  --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" "$work/monmap" >>"$work/log/setup.out"
ceph ceph-mon --mkfs -i a --monmap "$work/monmap" --keyring "$work/keyring"
daemon ceph-mon -i a

disk=$(cat /proc/sys/kernel/random/uuid)
python=$(echo "$root"/usr/bin/python3.??)
PYTHONHOME=$root/usr "${run[@]}" "${python%% *}" "$root/usr/bin/ceph" --conf "$conf" --connect-timeout 30 \
  osd new "$disk" >>"$work/log/setup.out" 2>&1
ceph ceph-osd -i 0 --mkfs --osd-uuid "$disk"
daemon ceph-osd -i 0
ceph radosgw-admin -n client.rgw user create --uid=tests --display-name=tests \
  --access-key="$AWS_ACCESS_KEY_ID" --secret-key="$AWS_SECRET_ACCESS_KEY"
ceph radosgw-admin -n client.rgw user create --uid=limited --display-name=limited \
  --access-key="limited-$AWS_ACCESS_KEY_ID" --secret-key="$AWS_SECRET_ACCESS_KEY"
daemon radosgw -n client.rgw

until (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  kill -0 "${daemons[@]}" 2>/dev/null || exit 1
  sleep 0.1
done
echo READY
cat >/dev/null <&0 &
wait -n
