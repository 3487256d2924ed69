ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-appctl
ovs-appctl foo
ovs-appctl foo bar
ovs-appctl version
ovs-appctl version x
ovs-appctl --version
ovs-appctl -T 5 version
ovs-appctl --timeout=5 version
ovs-appctl -t ovs-vswitchd version
ovs-appctl --target=ovs-vswitchd version
ovs-appctl list-commands x
ovs-appctl vlog/list
ovs-appctl vlog/list-pattern
ovs-appctl vlog/set dbg
ovs-appctl vlog/list | head -5
ovs-appctl vlog/set bridge:console:warn dpif:file:err
ovs-appctl vlog/list | grep -E 'bridge|dpif '
ovs-appctl vlog/set foo
ovs-appctl vlog/set bridge:foo
ovs-appctl vlog/set PATTERN:console:%m
ovs-appctl vlog/list-pattern
ovs-appctl vlog/set PATTERN:foo:%m
ovs-appctl vlog/set FACILITY:daemon
ovs-appctl vlog/set FACILITY:foo
ovs-appctl vlog/set
ovs-appctl vlog/set off
ovs-appctl vlog/disable-rate-limit
ovs-appctl vlog/enable-rate-limit bridge
ovs-appctl vlog/enable-rate-limit foo
ovs-appctl vlog/close
ovs-appctl vlog/reopen
ovs-appctl coverage/read-counter
ovs-appctl coverage/read-counter foo
ovs-appctl coverage/read-counter datapath_drop_meter
ovs-appctl coverage/read-counter drop_action_of_pipeline
ovs-appctl coverage/read-counter datapath_drop_upcall_error
ovs-appctl upcall/show
ovs-appctl upcall/enable-megaflows
ovs-appctl upcall/enable-megaflows
ovs-appctl upcall/enable-ufid
ovs-appctl revalidator/wait
ovs-appctl revalidator/purge
ovs-appctl mdb/show br0
ovs-appctl mdb/show br9
ovs-appctl mdb/show
ovs-appctl mdb/flush
ovs-appctl mdb/flush br0
ovs-appctl stp/show
ovs-appctl stp/show br0
ovs-appctl stp/show br9
ovs-appctl stp/tcn
ovs-appctl stp/tcn br0
ovs-appctl rstp/show
ovs-appctl rstp/show br0
ovs-appctl rstp/show br9
ovs-appctl rstp/tcn
ovs-appctl lacp/show
ovs-appctl lacp/show p1
ovs-appctl lacp/show-stats
ovs-appctl lacp/show-stats p1
ovs-appctl cfm/show
ovs-appctl cfm/show p1
ovs-appctl cfm/set-fault normal
ovs-appctl bfd/show
ovs-appctl bfd/show p1
ovs-appctl bfd/set-forwarding normal
ovs-appctl bond/show
ovs-appctl bond/show foo
ovs-appctl bond/list
ovs-appctl bond/migrate foo 1 p1
ovs-appctl bond/set-active-member foo p1
ovs-appctl bond/enable-member foo p1
ovs-appctl bond/disable-member foo p1
ovs-appctl fdb/show br0
ovs-appctl fdb/show br9
ovs-appctl fdb/show
ovs-appctl fdb/stats-show br0
ovs-appctl fdb/stats-show br9
ovs-appctl fdb/stats-clear
ovs-appctl fdb/stats-clear br0
ovs-appctl fdb/stats-clear br9
ovs-appctl fdb/flush
ovs-appctl fdb/flush br0
ovs-appctl fdb/flush br9
ovs-appctl fdb/add br0 p1 0 50:54:00:00:00:05
ovs-appctl fdb/add br0 foo 0 50:54:00:00:00:05
ovs-appctl fdb/add br0 p1 5000 50:54:00:00:00:05
ovs-appctl fdb/add br0 p1 x 50:54:00:00:00:05
ovs-appctl fdb/add br0 p1 0 foo
ovs-appctl fdb/add br9 p1 0 50:54:00:00:00:05
ovs-appctl fdb/show br0
ovs-appctl fdb/stats-show br0
ovs-appctl fdb/del br0 0 50:54:00:00:00:06
ovs-appctl fdb/del br0 0 50:54:00:00:00:05
ovs-appctl fdb/del br0 0 foo
ovs-appctl fdb/del br9 0 50:54:00:00:00:05
ovs-appctl ofproto/list
ovs-appctl ofproto/list-tunnels
ovs-appctl bridge/reconnect
ovs-appctl bridge/reconnect br0
ovs-appctl bridge/reconnect br9
ovs-appctl qos/show p1
ovs-appctl qos/show foo
ovs-appctl qos/show-types p1
ovs-appctl qos/show-types foo
ovs-appctl autoattach/status
ovs-appctl autoattach/show-isid
ovs-appctl autoattach/statistics
ovs-appctl tnl/arp/show
ovs-appctl tnl/neigh/show
ovs-appctl tnl/ports/show
ovs-appctl tnl/arp/flush
ovs-appctl tnl/egress_port_range
ovs-appctl tnl/neigh/aging
ovs-appctl ovs/route/show
ovs-appctl dpif-netdev/subtable-lookup-prio-get
ovs-appctl dpif-netdev/subtable-lookup-info-get
ovs-appctl dpif-netdev/dpif-impl-get
ovs-appctl dpif-netdev/miniflow-parser-get
ovs-appctl dpif-netdev/bond-show
ovs-appctl dpif-netdev/flow-dump
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpif-netdev/pmd-stats-show nodp
ovs-appctl dpif-netdev/pmd-stats-show -pmd
ovs-appctl dpif-netdev/pmd-rxq-show nodp
ovs-appctl dpif-netdev/pmd-rxq-rebalance
ovs-appctl dpif-netdev/pmd-perf-show
ovs-appctl odp-execute/action-impl-show
ovs-appctl netdev-dpdk/detach foo
ovs-appctl exit x y
