// usage - the help texts of EAL and of testpmd, as 22.11 prints them: part of the command line that scripts and people read.
import { MAX_ETHPORTS } from "../../dpdk/limits.ts";

/** testpmd's usage: behind `--`. lcores: those that may forward. */
export function testpmdUsage(program: string, lcores: number, ports: number): string {
  return `
Usage: ${program} [EAL options] -- [testpmd options]

  --interactive: run in interactive mode.
  --cmdline-file: execute cli commands before startup.
  --auto-start: start forwarding on init [always when non-interactive].
  --help: display this message and quit.
  --tx-first: start forwarding sending a burst first (only if interactive is disabled).
  --stats-period=PERIOD: statistics will be shown every PERIOD seconds (only if interactive is disabled).
  --display-xstats xstat_name1[,...]: comma-separated list of extended statistics to show. Used with --stats-period specified or interactive commands that show Rx/Tx statistics (i.e. 'show port stats').
  --num-procs=N: set the total number of multi-process instances.
  --proc-id=id: set the id of the current process from multi-process instances (0 <= id < num-procs).
  --nb-cores=N: set the number of forwarding cores (1 <= N <= ${lcores}).
  --nb-ports=N: set the number of forwarding ports (1 <= N <= ${ports}).
  --coremask=COREMASK: hexadecimal bitmask of cores running the packet forwarding test. The main lcore is reserved for command line parsing only, and cannot be masked on for packet forwarding.
  --portmask=PORTMASK: hexadecimal bitmask of ports used by the packet forwarding test.
  --portlist=PORTLIST: list of forwarding ports
  --numa: enable NUMA-aware allocation of RX/TX rings and of RX memory buffers (mbufs).
  --no-numa: disable NUMA-aware allocation.
  --port-numa-config=(port,socket)[,(port,socket)]: specify the socket on which the memory pool used by the port will be allocated.
  --ring-numa-config=(port,flag,socket)[,(port,flag,socket)]: specify the socket on which the TX/RX rings for the port will be allocated (flag: 1 for RX; 2 for TX; 3 for RX and TX).
  --socket-num=N: set socket from which all memory is allocated in NUMA mode.
  --mbuf-size=N,[N1[,..Nn]: set the data size of mbuf to N bytes. If multiple numbers are specified the extra pools will be created to receive packets based on the features supported, like packet split, multi-rx-mempool.
  --total-num-mbufs=N: set the number of mbufs to be allocated in mbuf pools.
  --max-pkt-len=N: set the maximum size of packet to N bytes.
  --max-lro-pkt-size=N: set the maximum LRO aggregated packet size to N bytes.
  --eth-peers-configfile=name: config file with ethernet addresses of peer ports.
  --eth-peer=X,M:M:M:M:M:M: set the MAC address of the X peer port (0 <= X < ${MAX_ETHPORTS}).
  --disable-crc-strip: disable CRC stripping by hardware.
  --enable-scatter: enable scattered Rx.
  --enable-lro: enable large receive offload.
  --enable-rx-cksum: enable rx hardware checksum offload.
  --enable-rx-timestamp: enable rx hardware timestamp offload.
  --enable-hw-vlan: enable hardware vlan.
  --enable-hw-vlan-filter: enable hardware vlan filter.
  --enable-hw-vlan-strip: enable hardware vlan strip.
  --enable-hw-vlan-extend: enable hardware vlan extend.
  --enable-hw-qinq-strip: enable hardware qinq strip.
  --enable-drop-en: enable per queue packet drop.
  --disable-rss: disable rss.
  --port-topology=<paired|chained|loop>: set port topology (paired is default).
  --forward-mode=N: set forwarding mode (N: io|mac|macswap|flowgen|rxonly|txonly|csum|icmpecho|noisy|5tswap|shared_rxq).
  --forward-mode=5tswap: set forwarding mode to swap L2,L3,L4 for MAC, IPv4/IPv6 and TCP/UDP only.
  --rss-ip: set RSS functions to IPv4/IPv6 only .
  --rss-udp: set RSS functions to IPv4/IPv6 + UDP.
  --rss-level-inner: set RSS hash level to innermost
  --rss-level-outer: set RSS hash level to outermost
  --rxq=N: set the number of RX queues per port to N.
  --rxd=N: set the number of descriptors in RX rings to N.
  --txq=N: set the number of TX queues per port to N.
  --txd=N: set the number of descriptors in TX rings to N.
  --hairpinq=N: set the number of hairpin queues per port to N.
  --burst=N: set the number of packets per burst to N.
  --flowgen-clones=N: set the number of single packet clones to send in flowgen mode. Should be less than burst value.
  --flowgen-flows=N: set the number of flows in flowgen mode to N (1 <= N <= INT32_MAX).
  --mbcache=N: set the cache of mbuf memory pool to N.
  --rxpt=N: set prefetch threshold register of RX rings to N.
  --rxht=N: set the host threshold register of RX rings to N.
  --rxfreet=N: set the free threshold of RX descriptors to N (0 <= N < value of rxd).
  --rxwt=N: set the write-back threshold register of RX rings to N.
  --txpt=N: set the prefetch threshold register of TX rings to N.
  --txht=N: set the nhost threshold register of TX rings to N.
  --txwt=N: set the write-back threshold register of TX rings to N.
  --txfreet=N: set the transmit free threshold of TX rings to N (0 <= N <= value of txd).
  --txrst=N: set the transmit RS bit threshold of TX rings to N (0 <= N <= value of txd).
  --no-flush-rx: Don't flush RX streams before forwarding. Used mainly with PCAP drivers.
  --rxoffs=X[,Y]*: set RX segment offsets for split.
  --rxpkts=X[,Y]*: set RX segment sizes to split.
  --rxhdrs=eth[,ipv4]*: set RX segment protocol to split.
  --txpkts=X[,Y]*: set TX segment sizes or total packet length.
  --multi-rx-mempool: enable multi-rx-mempool support
  --txonly-multi-flow: generate multiple flows in txonly mode
  --tx-ip=src,dst: IP addresses in Tx-only mode
  --tx-udp=src[,dst]: UDP ports in Tx-only mode
  --eth-link-speed: force link speed.
  --rxq-share=X: number of ports per shared Rx queue groups, defaults to UINT32_MAX (1 group)
  --disable-link-check: disable check on link status when starting/stopping ports.
  --disable-device-start: do not automatically start port
  --no-lsc-interrupt: disable link status change interrupt.
  --no-rmv-interrupt: disable device removal interrupt.
  --bitrate-stats=N: set the logical core N to perform bit-rate calculation.
  --latencystats=N: enable latency and jitter statistics monitoring on forwarding lcore id N.
  --print-event <unknown|intr_lsc|queue_state|intr_reset|vf_mbox|macsec|intr_rmv|flow_aged|err_recovering|recovery_success|recovery_failed|all>: enable print of designated event or all of them.
  --mask-event <unknown|intr_lsc|queue_state|intr_reset|vf_mbox|macsec|intr_rmv|flow_aged|err_recovering|recovery_success|recovery_failed||all>: disable print of designated event or all of them.
  --flow-isolate-all: requests flow API isolated mode on all ports at initialization time.
  --tx-offloads=0xXXXXXXXX: hexadecimal bitmask of TX queue offloads
  --rx-offloads=0xXXXXXXXX: hexadecimal bitmask of RX queue offloads
  --hot-plug: enable hot plug for device.
  --vxlan-gpe-port=N: UPD port of tunnel VXLAN-GPE
  --geneve-parsed-port=N: UPD port to parse GENEVE tunnel protocol
  --mlockall: lock all memory
  --no-mlockall: do not lock all memory
  --mp-alloc <native|anon|xmem|xmemhuge>: mempool allocation method.
    native: use regular DPDK memory to create and populate mempool
    anon: use regular DPDK memory to create and anonymous memory to populate mempool
    xmem: use anonymous memory to create and populate mempool
    xmemhuge: use anonymous hugepage memory to create and populate mempool
  --noisy-tx-sw-buffer-size=N: size of FIFO buffer
  --noisy-tx-sw-buffer-flushtime=N: flush FIFO after N ms
  --noisy-lkup-memory=N: allocate N MB of VNF memory
  --noisy-lkup-num-writes=N: do N random writes per packet
  --noisy-lkup-num-reads=N: do N random reads per packet
  --noisy-lkup-num-reads-writes=N: do N random reads and writes per packet
  --no-iova-contig: mempool memory can be IOVA non contiguous. valid only with --mp-alloc=anon
  --rx-mq-mode=0xX: hexadecimal bitmask of RX mq mode can be enabled
  --record-core-cycles: enable measurement of CPU cycles.
  --record-burst-stats: enable display of RX and TX bursts.
  --hairpin-mode=0xXX: bitmask set the hairpin port mode.
    0x10 - explicit Tx rule, 0x02 - hairpin ports paired
    0x01 - hairpin ports loop, 0x00 - hairpin port self
`;
}
