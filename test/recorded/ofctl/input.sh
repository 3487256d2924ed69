ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
printf 'priority=1,tcp,actions=output:1\npriority=2,udp,actions=output:2\n' | ovs-ofctl add-flows br0 -
printf 'add priority=3,tcp,actions=output:1\nmodify udp,actions=output:1\ndelete_strict priority=1,tcp\n# nothing\n\nmodify_strict priority=2,udp,actions=drop\n' | ovs-ofctl add-flows br0 -
ovs-ofctl dump-flows br0
printf 'priority=1,tcp,actions=output:1\nfoo\n' | ovs-ofctl add-flows br0 -
printf 'priority=1,tcp,actions=output:1\n\n# x\npriority=foo,actions=drop\n' > /tmp/ringbed-flows.txt; ovs-ofctl add-flows br0 /tmp/ringbed-flows.txt
printf 'priority=1,tcp,actions=output:1\n' > /tmp/ringbed-flows.txt; ovs-ofctl add-flows br0 /tmp/ringbed-flows.txt
ovs-ofctl add-flows br0 /tmp/ringbed-no-such-file
ovs-ofctl add-flows br0
printf 'priority=11,tcp,actions=output:1\npriority=12,tcp,actions=output:77777\n' | ovs-ofctl add-flows br0 -
printf 'priority=11,tcp,actions=output:1\npriority=12,tcp,actions=output:60000\npriority=13,tcp,actions=group:9\npriority=14,tcp,actions=output:2\n' | ovs-ofctl add-flows br0 -
ovs-ofctl dump-flows br0
printf 'priority=11,tcp,actions=output:1\npriority=13,tcp,actions=group:9\npriority=14,tcp,actions=output:2\n' | ovs-ofctl -O OpenFlow13 add-flows br0 -
printf 'priority=21,tcp,actions=output:1\npriority=23,tcp,actions=group:9\npriority=24,tcp,actions=output:2\n' | ovs-ofctl -O OpenFlow14 --bundle add-flows br0 -
printf 'priority=31,tcp,actions=output:1\npriority=34,tcp,actions=output:2\ndelete table=0,udp\n' | ovs-ofctl -O OpenFlow14 --bundle add-flows br0 -
ovs-ofctl --bundle add-flow br0 priority=77,actions=drop
ovs-ofctl -O OpenFlow15 --bundle add-flow br0 priority=78,actions=group:7
ovs-ofctl -O OpenFlow13 --bundle add-flow br0 priority=79,actions=drop
ovs-ofctl dump-flows br0
printf 'priority=41,icmp,actions=output:1\n' | ovs-ofctl add-flow br0 -
printf 'actions=output:1\n' | ovs-ofctl mod-flows br0 -
printf 'icmp\n' | ovs-ofctl del-flows br0 -
printf 'foo\n' | ovs-ofctl del-flows br0 -
printf 'add icmp,actions=drop\n' | ovs-ofctl del-flows br0 -
ovs-ofctl dump-flows br0
printf '' | ovs-ofctl add-flows br0 -
printf 'priority=1,tcp,actions=output:1\npriority=5,udp,actions=output:2\n' | ovs-ofctl replace-flows br0 -
ovs-ofctl dump-flows br0
printf 'priority=1,tcp,actions=output:2\npriority=6,udp,actions=output:2\n' > /tmp/ringbed-flows.txt; ovs-ofctl diff-flows br0 /tmp/ringbed-flows.txt
printf 'priority=1,tcp,actions=output:2\npriority=6,udp,actions=output:2\n' > /tmp/ringbed-flows.txt; ovs-ofctl diff-flows /tmp/ringbed-flows.txt br0
printf 'priority=1,tcp,actions=output:1\npriority=5,udp,actions=output:2\n' > /tmp/ringbed-flows.txt; ovs-ofctl diff-flows /tmp/ringbed-flows.txt br0
printf 'priority=1,tcp,actions=output:1\nfoo\n' > /tmp/ringbed-flows.txt; ovs-ofctl diff-flows br0 /tmp/ringbed-flows.txt
printf 'priority=1,cookie=5,tcp,actions=output:1\npriority=1,table=5,idle_timeout=9,udp,actions=output:2\n' > /tmp/ringbed-flows.txt; ovs-ofctl diff-flows br0 /tmp/ringbed-flows.txt
printf 'priority=1,cookie=5,tcp,actions=output:1\npriority=1,table=5,idle_timeout=9,udp,actions=output:2\n' | ovs-ofctl -O OpenFlow14 replace-flows br0 -
ovs-ofctl dump-flows br0
printf 'priority=1,cookie=5,tcp,actions=output:1\n' | ovs-ofctl --readd replace-flows br0 -
ovs-ofctl diff-flows br0 br0
ovs-ofctl diff-flows br0 -
ovs-ofctl add-flow br0 'table=3,priority=9,reg0=5,actions=drop'
printf 'priority=1,tcp,actions=output:1\npriority=1,tcp,actions=output:2\n' > /tmp/ringbed-flows.txt; ovs-ofctl diff-flows br0 /tmp/ringbed-flows.txt
printf 'priority=1,cookie=5,tcp,actions=output:1\ntable=3,priority=9,reg0=5,actions=drop\n' > /tmp/ringbed-flows.txt; ovs-ofctl -O OpenFlow13 diff-flows /tmp/ringbed-flows.txt br0
printf 'table=3,send_flow_rem,hard_timeout=7,priority=9,in_port=p1,actions=output:p2\n' > /tmp/ringbed-flows.txt; ovs-ofctl -O OpenFlow14 --names diff-flows /tmp/ringbed-flows.txt br0
ovs-ofctl diff-flows br0
ovs-ofctl diff-flows br0 /tmp/ringbed-no-such-file
ovs-ofctl replace-flows br0 /tmp/ringbed-no-such-file
printf 'foo\n' | ovs-ofctl replace-flows br0 -
ovs-ofctl packet-out br0 'in_port=1,actions=output:2'
ovs-ofctl packet-out br0 'in_port=1,packet=5054,actions=output:2'
ovs-ofctl packet-out br0 'in_port=1,packet=zz,actions=output:2'
ovs-ofctl packet-out br0 'in_port=1,packet=50540000000a50540000000908060001,actions=foo'
ovs-ofctl packet-out br0 'in_port=1,packet=50540000000a50540000000908060001,actions=group:99'
ovs-ofctl -O OpenFlow13 packet-out br0 'in_port=1,packet=50540000000a50540000000908060001,actions=group:99'
ovs-ofctl packet-out br0 foo output:1 5054
ovs-ofctl packet-out br0 1 foo 50540000000a50540000000908060001
ovs-ofctl packet-out br0 1 output:2 zz
ovs-ofctl packet-out br0
ovs-ofctl packet-out br0 1
ovs-ofctl packet-out br0 1 output:2
ovs-ofctl probe br0
ovs-ofctl probe br9
ovs-ofctl dump-ipfix-bridge br0
ovs-ofctl dump-ipfix-flow br0
ovs-ofctl dump-tlv-map br0
