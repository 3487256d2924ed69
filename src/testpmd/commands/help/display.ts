// display - `help display`.
// The text is testpmd 22.11's, its faults included.

export const HELP_DISPLAY = `
Display:
--------

show port (info|stats|summary|xstats|fdir|dcb_tc) (port_id|all)
    Display information for port_id, or all.

show port info (port_id) representor
    Show supported representors for a specific port

show port port_id (module_eeprom|eeprom)
    Display the module EEPROM or EEPROM information for port_id.

show port X rss reta (size) (mask0,mask1,...)
    Display the rss redirection table entry indicated by masks on port X. size is used to indicate the hardware supported reta size

show port (port_id) rss-hash [key]
    Display the RSS hash functions and RSS hash key of port

clear port (info|stats|xstats|fdir) (port_id|all)
    Clear information for port_id, or all.

show (rxq|txq) info (port_id) (queue_id)
    Display information for configured RX/TX queue.

show config (rxtx|cores|fwd|rxoffs|rxpkts|rxhdrs|txpkts)
    Display the given configuration.

read rxd (port_id) (queue_id) (rxd_id)
    Display an RX descriptor of a port RX queue.

read txd (port_id) (queue_id) (txd_id)
    Display a TX descriptor of a port TX queue.

show vf stats (port_id) (vf_id)
    Display a VF's statistics.

clear vf stats (port_id) (vf_id)
    Reset a VF's statistics.

show port meter stats (port_id) (meter_id) (clear)
    Get meter stats on a port

show fwd stats all
    Display statistics for all fwd engines.

clear fwd stats all
    Clear statistics for all fwd engines.

show port (port_id) rx_offload capabilities
    List all per queue and per port Rx offloading capabilities of a port

show port (port_id) rx_offload configuration
    List port level and all queue level Rx offloading configuration

show port (port_id) tx_offload capabilities
    List all per queue and per port Tx offloading capabilities of a port

show port (port_id) tx_offload configuration
    List port level and all queue level Tx offloading configuration

show port (port_id) tx_metadata
    Show Tx metadata value set for a specific port

show port (port_id) ptypes
    Show port supported ptypes for a specific port

show device info (<identifier>|all)       Show general information about devices probed.

show port (port_id) rxq|txq (queue_id) desc (desc_id) status       Show status of rx|tx descriptor.

show port (port_id) rxq (queue_id) desc used count
    Show current number of filled receive packet descriptors.

show port (port_id) macs|mcast_macs       Display list of mac addresses added to port.

show port (port_id) flow transfer proxy
	Display proxy port to manage transfer flows

show port (port_id) fec capabilities	Show fec capabilities of a port.

show port (port_id) fec_mode	Show fec mode of a port.

show port (port_id) flow_ctrl	Show flow control info of a port.

`;
