// mac-addresses - a port's MAC addresses beside its default one, as rte_ethdev keeps them: slots, of which a removed address leaves one free. Follows
// rte_eth_dev_mac_addr_add and _remove of 22.11. Addresses are 48 bits, byte 0 lowest; 0 is none.
import { type EalLog, LOG_ERR } from "../eal/eal-log.ts";
import { EADDRINUSE, EINVAL, ENOSPC } from "./errno.ts";

export class MacAddresses {
  /** Slot 0 is the default address's. */
  private readonly slots: bigint[];
  private readonly log: EalLog;
  private readonly port: number;

  /** count: max_mac_addrs, the default one's included */
  constructor(log: EalLog, port: number, count: number) {
    this.log = log;
    this.port = port;
    this.slots = new Array<bigint>(count).fill(0n);
  }

  /** In the order of their slots, the default one not among them. */
  get further(): readonly bigint[] {
    return this.slots.filter((mac) => mac !== 0n);
  }

  /** own: the default address. tell: the driver's part: all further addresses as they are to be. @returns 0 or -errno */
  add(mac: bigint, own: bigint, tell: (further: readonly bigint[]) => number): number {
    if (mac === 0n) return this.refuse("Cannot add NULL MAC address", EINVAL);
    if (mac === own || this.slots.includes(mac)) return 0;
    const slot = this.slots.indexOf(0n, 1);
    if (slot < 0) return this.refuse("MAC address array full", ENOSPC);
    const status = tell(this.slots.with(slot, mac).filter((one) => one !== 0n));
    if (status === 0) this.slots[slot] = mac;
    return status;
  }

  /** Likewise; an address that is not there is removed without a word. */
  remove(mac: bigint, own: bigint, tell: (further: readonly bigint[]) => void): number {
    if (mac === own) return this.refuse("Cannot remove default MAC address", EADDRINUSE);
    const slot = mac === 0n ? -1 : this.slots.indexOf(mac);
    if (slot < 0) return 0;
    this.slots[slot] = 0n;
    tell(this.further);
    return 0;
  }

  private refuse(why: string, errno: number): number {
    this.log.log("lib.ethdev", LOG_ERR, `Port ${this.port}: ${why}\n`);
    return -errno;
  }
}
