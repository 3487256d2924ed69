// drivers - `help drivers`.
// The text is testpmd 22.11's, its faults included.

export const HELP_DRIVERS = `
Driver specific:
----------------
set bonding mode (value) (port_id)
	Set the bonding mode on a bonded device.

show bonding config (port_id)
	Show the bonding config for port_id.

show bonding lacp info (port_id)
	Show the bonding lacp information for port_id.

set bonding primary (slave_id) (port_id)
	Set the primary slave for a bonded device.

add bonding slave (slave_id) (port_id)
	Add a slave device to a bonded device.

remove bonding slave (slave_id) (port_id)
	Remove a slave device from a bonded device.

create bonded device (mode) (socket)
	Create a new bonded device with specific bonding mode and socket.

set bonding mac_addr (port_id) (address)
	Set the MAC address of a bonded device.

set bonding balance_xmit_policy (port_id) (l2|l23|l34)
	Set the transmit balance policy for bonded device running in balance mode.

set bonding mon_period (port_id) (value)
	Set the bonding link status monitoring polling period in ms.

set bonding lacp dedicated_queues <port_id> (enable|disable)
	Enable/disable dedicated queues for LACP control traffic.

set bonding mode IEEE802.3AD aggregator policy (port_id) (agg_name)
	Set Aggregation mode for IEEE802.3AD (mode 4)

set port (port_id) queue-region region_id (value) queue_start_index (value) queue_num (value)
    Set a queue region on a port

set port (port_id) queue-region region_id (value) flowtype (value)
    Set a flowtype region index on a port

set port (port_id) queue-region UP (value) region_id (value)
    Set the mapping of User Priority to queue region on a port

set port (port_id) queue-region flush (on|off)
    flush all queue region related configuration

show port (port_id) queue-region
    show all queue region related configuration info

flow_director_filter (port_id) mode raw (add|del|update) flow (flow_id) (drop|fwd) queue (queue_id) fd_id (fd_id_value) packet (packet file name)
    Add/Del a raw type flow director filter.

set vf promisc (port_id) (vf_id) (on|off)
    Set unicast promiscuous mode for a VF from the PF.

set vf allmulti (port_id) (vf_id) (on|off)
    Set multicast promiscuous mode for a VF from the PF.

set vf broadcast (port_id) (vf_id) (on|off)
    Set VF broadcast for a VF from the PF.

set vf vlan tag (port_id) (vf_id) (on|off)
    Set VLAN tag for a VF from the PF.

set vf tx max-bandwidth (port_id) (vf_id) (bandwidth)
    Set a VF's max bandwidth(Mbps).

set vf tc tx min-bandwidth (port_id) (vf_id) (bw1, bw2, ...)
    Set all TCs' min bandwidth(%%) on a VF.

set vf tc tx max-bandwidth (port_id) (vf_id) (tc_no) (bandwidth)
    Set a TC's max bandwidth(Mbps) on a VF.

set tx strict-link-priority (port_id) (tc_bitmap)
    Set some TCs' strict link priority mode on a physical port.

ddp add (port_id) (profile_path[,backup_profile_path])
    Load a profile package on a port

ddp del (port_id) (backup_profile_path)
    Delete a profile package from a port

ddp get list (port_id)
    Get ddp profile info list

ddp get info (profile_path)
    Get ddp profile information.

port config (port_id) pctype (pctype_id) hash_inset|fdir_inset|fdir_flx_inset get|set|clear field
 (field_idx)
    Configure RSS|FDIR|FDIR_FLX input set for some pctype

port config (port_id) pctype (pctype_id) hash_inset|fdir_inset|fdir_flx_inset clear all
    Clear RSS|FDIR|FDIR_FLX input set completely for some pctype

ptype mapping get (port_id) (valid_only)
    Get ptype mapping on a port

ptype mapping replace (port_id) (target) (mask) (pky_type)
    Replace target with the pkt_type in ptype mapping

ptype mapping reset (port_id)
    Reset ptype mapping on a port

ptype mapping update (port_id) (hw_ptype) (sw_ptype)
    Update a ptype mapping item on a port

show port (port_id) pctype mapping
    Get flow ptype to pctype mapping on a port

port config (port_id) pctype mapping reset
    Reset flow type to pctype mapping on a port

port config (port_id) pctype mapping update (pctype_id_0[,pctype_id_1]*) (flow_type_id)
    Update a flow type to pctype mapping item on a port

ddp dump (port_id) (config_path)
    Dump a runtime configure on a port


ddp dump switch (port_id) (config_path)
    Dump a runtime switch configure on a port


set vf split drop (port_id) (vf_id) (on|off)
    Set split drop enable bit for a VF from the PF.

set macsec offload (port_id) on encrypt (on|off) replay-protect (on|off)
    Enable MACsec offload.

set macsec offload (port_id) off
    Disable MACsec offload.

set macsec sc (tx|rx) (port_id) (mac) (pi)
    Configure MACsec secure connection (SC).

set macsec sa (tx|rx) (port_id) (idx) (an) (pn) (key)
    Configure MACsec secure association (SA).

set tc tx min-bandwidth (port_id) (bw1, bw2, ...)
    Set all TCs' min bandwidth(%%) for all PF and VFs.

port config bypass (port_id) (on|off)
   Enable/disable bypass before starting the port

set bypass mode (normal|bypass|isolate) (port_id)
   Set the bypass mode for the lowest port on bypass enabled NIC.

set bypass event (timeout|os_on|os_off|power_on|power_off) mode (normal|bypass|isolate) (port_id)
   Set the event required to initiate specified bypass mode for the lowest port on a bypass enabled NIC where:
       timeout   = enable bypass after watchdog timeout.
       os_on     = enable bypass when OS/board is powered on.
       os_off    = enable bypass when OS/board is powered off.
       power_on  = enable bypass when power supply is turned on.
       power_off = enable bypass when power supply is turned off.

set bypass timeout (0|1.5|2|3|4|8|16|32)
   Set the bypass watchdog timeout to 'n' seconds where 0 = instant.

show bypass config (port_id)
   Show the bypass configuration for a bypass enabled NIC using the lowest port on the NIC.

mlx5 set port (port_id) host_shaper avail_thresh_triggered (on|off)rate (rate_num):
    Set HOST_SHAPER avail_thresh_triggered and rate with port_id


mlx5 port attach (ident) socket=(path)
    Attach physical or virtual dev by pci address or virtual device name and add "cmd_fd" and "pd_handle" devargs before attaching


mlx5 port (port_id) ext_rxq map (sw_queue_id) (hw_queue_id)
    Map HW queue index (32-bit) to ethdev queue index (16-bit) for external RxQ


mlx5 port (port_id) ext_rxq unmap (sw_queue_id)
    Unmap external Rx queue ethdev index mapping


`;
