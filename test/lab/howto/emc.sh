$ ovs-vsctl --no-wait set Open_vSwitch . other_config:emc-insert-inv-prob=1
