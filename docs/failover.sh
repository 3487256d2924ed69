# The guest of libvirt's document, its command line as it stands: the function carries the traffic until the guest migrates, then virtio, then the function.
. test/lab/failover/net-virtio-teaming.args 2> /dev/null
monitor=/tmp/lib/domain--1-QEMUGuest1/monitor.sock
qmp() {
    printf '{"execute":"qmp_capabilities"}\n%s\n' "$1" | socat - UNIX-CONNECT:$monitor | tail -n +3
}
qmp '{"execute":"cont"}' 2> /dev/null
ssh QEMUGuest1 'ip link set eth0 up; ip addr add 10.0.0.2/24 dev eth0; ip link | grep -A1 " eth[0145]"'
sleep 0.504
qmp '{"execute":"migrate","arguments":{"uri":"exec:cat>/dev/null"}}'
sleep 0.5
qmp '{"execute":"query-migrate"}'
qmp '{"execute":"migrate_cancel"}'
sleep 0.4
ssh QEMUGuest1 dmesg
