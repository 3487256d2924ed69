ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-ofctl show br0
ovs-ofctl mod-port br0 p1 up
ovs-ofctl show br0
ovs-ofctl -O OpenFlow13 show br0
ovs-ofctl mod-port br0 1 down
ovs-ofctl show br0
ovs-ofctl mod-port br0 1 no-flood
ovs-ofctl mod-port br0 1 no-receive
ovs-ofctl mod-port br0 1 no-fwd
ovs-ofctl mod-port br0 1 no-forward
ovs-ofctl mod-port br0 1 no-packet-in
ovs-ofctl mod-port br0 1 no-stp
ovs-ofctl mod-port br0 1 no-receive-stp
ovs-ofctl show br0
ovs-ofctl -O OpenFlow11 show br0
ovs-ofctl -O OpenFlow12 show br0
ovs-ofctl -O OpenFlow14 show br0
ovs-ofctl -O OpenFlow15 show br0
ovs-ofctl -O OpenFlow13 mod-port br0 2 no-flood
ovs-ofctl -O OpenFlow13 mod-port br0 2 no-forward
ovs-ofctl mod-port br0 1 flood
ovs-ofctl mod-port br0 1 receive
ovs-ofctl mod-port br0 1 forward
ovs-ofctl mod-port br0 1 packet-in
ovs-ofctl mod-port br0 1 stp
ovs-ofctl mod-port br0 1 receive-stp
ovs-ofctl show br0
ovs-ofctl mod-port br0 9 up
ovs-ofctl mod-port br0 nobody up
ovs-ofctl mod-port br0 nobody foo
ovs-ofctl mod-port br0 1
ovs-ofctl mod-port br0 LOCAL up
ovs-ofctl mod-port br0 br0 up
ovs-ofctl mod-port br0 65534 down
ovs-ofctl dump-ports-desc br0
ovs-ofctl dump-ports-desc br0 1
ovs-ofctl -O OpenFlow15 dump-ports-desc br0 1
ovs-ofctl -O OpenFlow15 dump-ports-desc br0 p1
ovs-ofctl -O OpenFlow15 dump-ports-desc br0 LOCAL
ovs-ofctl -O OpenFlow15 dump-ports-desc br0 7
ovs-ofctl -O OpenFlow15 dump-ports-desc br0 foo
ovs-ofctl -O OpenFlow15 dump-ports-desc br0
ovs-ofctl -O OpenFlow13 dump-ports-desc br0 p1
ovs-vsctl get Interface p1 admin_state link_state
ovs-ofctl dump-ports br0
ovs-ofctl dump-ports br0 1
ovs-ofctl dump-ports br0 p1
ovs-ofctl dump-ports br0 LOCAL
ovs-ofctl dump-ports br0 7
ovs-ofctl dump-ports br0 foo
ovs-ofctl -O OpenFlow13 dump-ports br0 1
ovs-ofctl -O OpenFlow15 dump-ports br0 p1
ovs-ofctl queue-stats br0
ovs-ofctl queue-stats br0 1
ovs-ofctl queue-stats br0 1 2
ovs-ofctl queue-stats br0 all
ovs-ofctl queue-stats br0 foo
ovs-ofctl queue-stats br0 9
ovs-ofctl -O OpenFlow13 queue-stats br0
ovs-ofctl -O OpenFlow15 queue-stats br0 1 all
ovs-ofctl queue-get-config br0
ovs-ofctl queue-get-config br0 1
ovs-ofctl queue-get-config br0 p1
ovs-ofctl queue-get-config br0 9
ovs-ofctl queue-get-config br0 foo
ovs-ofctl -O OpenFlow13 queue-get-config br0 1
ovs-ofctl -O OpenFlow14 queue-get-config br0
ovs-ofctl -O OpenFlow15 queue-get-config br0 1
ovs-ofctl -O OpenFlow15 queue-get-config br0 1 2
ovs-ofctl dump-desc br0
ovs-ofctl -O OpenFlow15 dump-desc br0
ovs-ofctl get-frags br0
ovs-ofctl set-frags br0 drop
ovs-ofctl get-frags br0
ovs-ofctl -O OpenFlow13 get-frags br0
ovs-ofctl show br0
ovs-ofctl set-frags br0 reassemble
ovs-ofctl set-frags br0 nx-match
ovs-ofctl set-frags br0 foo
ovs-ofctl set-frags br0
ovs-ofctl get-frags br0
ovs-ofctl -O OpenFlow13 dump-ports br0 9
ovs-ofctl -O OpenFlow14 dump-ports br0 p2
