$ ovs-appctl dpif-netdev/pmd-stats-show
$ ovs-appctl dpif-netdev/pmd-stats-clear
$ ovs-appctl dpif-netdev/pmd-rxq-show
