// software - what a PMD does to each packet of a queue in software, as a mask: PortQueue.software.
export const SOFTWARE_VLAN_STRIP: u32 = 1; // rx
export const SOFTWARE_CHECKSUM: u32 = 2; // net_vhost; rx: finishes what the guest left; tx: what the guest would have to
