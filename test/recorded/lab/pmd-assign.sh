# Which thread polls which queue: two threads, three ports of several queues, each assignment, and pinned queues with and without isolation.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x3 other_config:pmd-rxq-assign=roundrobin
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_null1,no-rx=1 options:n_rxq=3
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_null2,no-rx=1 options:n_rxq=2
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_null3,no-rx=1
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl set Open_vSwitch . other_config:pmd-rxq-assign=group
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1,2:1
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl set Open_vSwitch . other_config:pmd-rxq-isolate=false
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl set Open_vSwitch . other_config:pmd-rxq-assign=roundrobin other_config:pmd-rxq-isolate=true
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:7
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl remove Interface p1 other_config pmd-rxq-affinity
ovs-vsctl set Interface p3 options:n_rxq=4
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-appctl dpif-netdev/pmd-rxq-rebalance
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-appctl dpif/show
ovs-vsctl get Interface p1 status
ovs-vsctl --columns=name,ofport,mtu,admin_state,link_state,error,options list Interface p3
ovs-vsctl del-br br0
