// net_failover's rules: who becomes a pair, and by whom the master transmits (Linux's Documentation/networking/net_failover.rst; a Linux 6.1 guest).
import { describe, expect, it } from "vitest";
import { NetFailover } from "../../src/guest/net-failover.ts";
import type { Netdev } from "../../src/guest/netdev.ts";
import { freshMachine } from "../support/engine.ts";

const machine = freshMachine();
let index = 1;

function netdev(name: string, mac: bigint, driver: "virtio_net" | "vf" | undefined): Netdev {
  const { rx, tx } = machine.addRing(1, [0, 0], [0, 0]);
  const device = driver === undefined ? undefined : { id: name, driver, mac, standby: false, rx, tx };
  return { index: ++index, name, mac, device, up: false, isPromiscuous: false, address: 0, prefix: 0, carrier: true };
}

function pair(): { failover: NetFailover; master: Netdev; standby: Netdev; primary: Netdev } {
  const failover = new NetFailover();
  const [master, standby] = [netdev("eth0", 7n, undefined), netdev("eth1", 7n, "virtio_net")];
  failover.create(master, standby);
  return { failover, master, standby, primary: netdev("eth2", 7n, "vf") };
}

const active = ({ failover }: { failover: NetFailover }): string | undefined =>
  failover.active(failover.pairs[0]!)?.name;

describe("pairing", () => {
  it("is by the MAC address alone", () => {
    const made = pair();
    expect(made.failover.register(netdev("eth3", 8n, "vf"))).toBeUndefined();
    expect(made.failover.register(made.primary)?.master).toBe(made.master);
  });

  it("takes one primary: another netdev of that address stands alone", () => {
    const made = pair();
    made.failover.register(made.primary);
    expect(made.failover.register(netdev("eth3", 7n, "vf"))).toBeUndefined();
    made.failover.unregister(made.primary);
    expect(made.failover.register(netdev("eth4", 7n, "vf"))?.primary?.name).toBe("eth4");
  });
});

describe("the master transmits by", () => {
  it("nobody while it is down", () => expect(active(pair())).toBeUndefined());

  it("its standby without a primary, its primary while that is there, with the link up", () => {
    const made = pair();
    made.failover.setUp(made.master, true);
    expect(active(made)).toBe("eth1");
    made.failover.register(made.primary);
    expect([made.primary.up, active(made)]).toEqual([true, "eth2"]);
    made.primary.carrier = false;
    expect(active(made)).toBe("eth1");
    made.standby.carrier = false;
    expect(active(made)).toBeUndefined();
    made.primary.carrier = true;
    expect(active(made)).toBe("eth2");
    made.failover.unregister(made.primary);
    expect(active(made)).toBeUndefined();
  });

  it("a slave that was taken down by hand no more", () => {
    const made = pair();
    made.failover.setUp(made.master, true);
    made.failover.register(made.primary);
    made.primary.up = false;
    expect(active(made)).toBe("eth1");
  });
});
