/**
 * The names of link types, so that a capture of something other than Ethernet is refused by name.
 *
 * Follows the tcpdump group's list of link-layer header types (LINKTYPE_ values, which files hold, not DLT_ values).
 * Only the common ones are named; any other is refused by its number.
 */

/** LINKTYPE_ETHERNET: the only link type that can enter a simulated NIC. */
export const LINKTYPE_ETHERNET = 1;

const NAMES: ReadonlyMap<number, readonly [words: string, constant: string]> = new Map([
  [0, ["BSD loopback", "LINKTYPE_NULL"]],
  [1, ["Ethernet", "LINKTYPE_ETHERNET"]],
  [6, ["token ring", "LINKTYPE_IEEE802_5"]],
  [8, ["SLIP", "LINKTYPE_SLIP"]],
  [9, ["PPP", "LINKTYPE_PPP"]],
  [10, ["FDDI", "LINKTYPE_FDDI"]],
  [50, ["PPP in HDLC-like framing", "LINKTYPE_PPP_HDLC"]],
  [51, ["PPP over Ethernet", "LINKTYPE_PPP_ETHER"]],
  [101, ["raw IP", "LINKTYPE_RAW"]],
  [104, ["Cisco HDLC", "LINKTYPE_C_HDLC"]],
  [105, ["IEEE 802.11", "LINKTYPE_IEEE802_11"]],
  [107, ["frame relay", "LINKTYPE_FRELAY"]],
  [108, ["OpenBSD loopback", "LINKTYPE_LOOP"]],
  [113, ["linux cooked capture", "LINKTYPE_LINUX_SLL"]],
  [117, ["OpenBSD pflog", "LINKTYPE_PFLOG"]],
  [127, ["IEEE 802.11 with radiotap", "LINKTYPE_IEEE802_11_RADIOTAP"]],
  [147, ["user-defined link type 0", "LINKTYPE_USER0"]],
  [187, ["Bluetooth HCI", "LINKTYPE_BLUETOOTH_HCI_H4"]],
  [189, ["USB with a Linux header", "LINKTYPE_USB_LINUX"]],
  [192, ["per-packet information", "LINKTYPE_PPI"]],
  [195, ["IEEE 802.15.4 with FCS", "LINKTYPE_IEEE802_15_4_WITHFCS"]],
  [201, ["Bluetooth HCI with direction", "LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR"]],
  [220, ["USB with a padded Linux header", "LINKTYPE_USB_LINUX_MMAPPED"]],
  [227, ["SocketCAN", "LINKTYPE_CAN_SOCKETCAN"]],
  [228, ["raw IPv4", "LINKTYPE_IPV4"]],
  [229, ["raw IPv6", "LINKTYPE_IPV6"]],
  [239, ["netfilter log", "LINKTYPE_NFLOG"]],
  [249, ["USBPcap", "LINKTYPE_USBPCAP"]],
  [253, ["netlink", "LINKTYPE_NETLINK"]],
  [276, ["linux cooked capture v2", "LINKTYPE_LINUX_SLL2"]],
]);

/** A link type in words: `linux cooked capture (LINKTYPE_LINUX_SLL, 113)`, or `link type 9999` for one without a name. */
export function linkTypeName(linkType: number): string {
  const name = NAMES.get(linkType);
  return name === undefined ? `link type ${linkType}` : `${name[0]} (${name[1]}, ${linkType})`;
}
