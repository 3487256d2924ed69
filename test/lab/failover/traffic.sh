# What libvirt and a guest's user do with the document's guest: let it run, give it an address; later have it migrate, give that up.
monitor=/tmp/lib/domain--1-QEMUGuest1/monitor.sock
qmp() {
    printf '{"execute":"qmp_capabilities"}\n%s\n' "$1" | socat - UNIX-CONNECT:$monitor | tail -n +3 | tr -d '\r'
}
qmp '{"execute":"cont"}'
ssh QEMUGuest1 <<'EOF'
ip link set eth0 up
ip addr add 10.0.0.2/24 dev eth0
EOF
sleep 0.5
qmp '{"execute":"migrate","arguments":{"uri":"exec:cat>/dev/null"}}'
sleep 0.5
qmp '{"execute":"migrate_cancel"}'
sleep 0.5
