// device-rings - memory and rings of one back-end connection, and the ring code that runs them: what is ready is started, what is about to
// change is stopped first.
// Invariants: B1 ring code has let go of a ring before anything of it is changed, unmapped or closed. B2 the first start needs rings 0 and 1
// ready, as virtio_is_ready of DPDK has it; then each ring starts when it is. B3 with dpdkQuirks a device that was ready stays so, whatever its rings
// and its status are, until a base is asked for; then only rings that become ready from there on are served. B4 after `release` no mapping and no descriptor is left.
import type { Device, DeviceUser } from "./device.ts";
import { LogMapping } from "./dirty-log.ts";
import { PeerFault } from "./fault.ts";
import { hasBit, type RingFormat, ringFormat, VHOST_F_LOG_ALL } from "./features.ts";
import type { Fd, Host } from "./host.ts";
import type { LogArea, MemoryRegion, VringAddr } from "./payload.ts";
import { Regions } from "./regions.ts";
import { type RingEvent, Vring } from "./vring.ts";

export class DeviceRings {
  private readonly host: Host;
  private readonly user: DeviceUser;
  private readonly most: number;
  private readonly warn: (line: string) => void;
  private readonly regions: Regions;
  private readonly log: LogMapping;
  private readonly dpdkQuirks: boolean;
  /** Was ready, and not let go of since: by bases asked for, until no ring runs any more (dpdkQuirks: by the first), or a reset. */
  private attached = false;
  private readonly rings: Vring[] = [];
  private format: RingFormat = ringFormat(0n);
  /** What the front-end says of its MTU. */
  mtu: number | undefined;

  /** most: rings that there may be. warn: what is odd and goes on. lost: memory that the front-end has cut; resolves when nobody uses it */
  constructor(
    host: Host,
    user: DeviceUser,
    most: number,
    warn: (line: string) => void,
    lost: (what: string) => Promise<void>,
    dpdkQuirks: boolean,
  ) {
    this.dpdkQuirks = dpdkQuirks;
    this.host = host;
    this.user = user;
    this.most = most;
    this.warn = warn;
    this.regions = new Regions(host, (region) => lost(`memory region ${region}`));
    this.log = new LogMapping(host, () => lost("dirty log"));
  }

  get running(): boolean {
    return this.rings.some(({ running }) => running);
  }

  get packed(): boolean {
    return this.format.packed;
  }

  /** @throws PeerFault when there is no ring of that number */
  ring(index: number): Vring {
    if (index >= this.most) throw new PeerFault(`ring ${index}: found its number, expected one below ${this.most}`);
    while (this.rings.length <= index) this.rings.push(new Vring(this.host, this.rings.length));
    return this.rings[index]!;
  }

  /** The ring, not running. */
  async stopped(index: number): Promise<Vring> {
    const ring = this.ring(index);
    await this.stop([ring]);
    return ring;
  }

  /** Makes ring code let go of those of the rings that run. */
  async stop(rings: readonly Vring[] = this.rings): Promise<void> {
    const running = rings.filter((ring) => ring.running);
    if (running.length === 0) return;
    for (const ring of running) ring.running = false;
    const positions = await this.user.stop(running.map(({ index }) => index));
    for (const ring of running) {
      const position = positions.get(ring.index) ?? ring.position;
      if (position.avail !== ring.position.avail) ring.called = true;
      ring.position = position;
    }
  }

  /** Other features; no ring runs, or they concern the dirty log only. */
  async setFeatures(features: bigint): Promise<void> {
    const { packed, log } = this;
    this.format = ringFormat(features);
    if (packed !== this.packed) for (const ring of this.rings) this.locateOrWarn(ring);
    const before = log.current;
    log.wanted = hasBit(features, VHOST_F_LOG_ALL);
    if ((before === undefined) !== (log.current === undefined)) await this.relog();
  }

  /** Maps another area for the dirty log. fd: borrowed. @throws PeerFault; the one before stays then */
  async replaceLog(area: LogArea, fd: Fd): Promise<void> {
    const giveBack = this.log.replace(area, fd);
    if (this.log.wanted) await this.relog();
    giveBack();
  }

  /** A ring's address again, in which only its log flag may differ; it runs on. */
  async setLogged(ring: Vring, addr: VringAddr): Promise<void> {
    ring.addr = addr;
    if (ring.running && this.log.current !== undefined) await this.relog();
  }

  private async relog(): Promise<void> {
    const running = this.rings.filter((ring) => ring.running);
    if (running.length > 0) await this.user.relog(this.log.current, running);
  }

  /** SEND_RARP. */
  async announce(mac: bigint): Promise<void> {
    await this.user.announce(mac);
  }

  /** Maps another table in place of the one in force; rings move along. fds: one a region, borrowed. @throws PeerFault */
  async replaceMemory(table: readonly MemoryRegion[], fds: readonly Fd[]): Promise<void> {
    await this.stop();
    for (const ring of this.rings) ring.unplace();
    this.regions.replace(table, fds);
    for (const ring of this.rings) this.locateOrWarn(ring);
  }

  /** Places a ring that was kicked. @throws PeerFault when it cannot be */
  locate(ring: Vring): void {
    if (!ring.started) return;
    const warning = ring.locate(this.regions, this.format);
    if (warning !== undefined) this.warn(warning);
  }

  /** Likewise, where the request was not about the ring's place: it then waits for another address. */
  locateOrWarn(ring: Vring): void {
    try {
      this.locate(ring);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.warn(error.message);
    }
  }

  /** Takes an event's descriptor over, off `fds`; none: the front-end wants none. A ring that uses the old one stops first. */
  async takeEvent(event: RingEvent, index: number, fds: Fd[]): Promise<Vring> {
    const ring = this.ring(index);
    if (event !== "err") await this.stop([ring]);
    if (event !== "err") ring.passedOver = false;
    ring.setEvent(event, fds.shift()); // not before: what refused it closes it
    return ring;
  }

  /** Lets go of a ring whose base is asked for. With dpdkQuirks the whole device stops, and forgets where that ring is and how it calls. @returns it */
  async letGo(index: number): Promise<Vring> {
    const ring = this.ring(index);
    await this.stop(this.dpdkQuirks ? this.rings : [ring]);
    if (!this.running) this.attached = false;
    ring.started = false;
    ring.closeEvent("kick");
    if (!this.dpdkQuirks) return ring;
    for (const other of this.rings) other.passedOver = other.ready;
    ring.closeEvent("call");
    ring.addr = undefined;
    ring.called = false;
    ring.unplace();
    return ring;
  }

  /** Starts what is ready, or has to be emptied, and does not run (B2, B3). driverOk: the driver is done with setting up */
  async startReady(driverOk: boolean): Promise<void> {
    const { rings, dpdkQuirks } = this;
    for (const ring of rings) if (!ring.ready) ring.passedOver = false;
    const first = rings.slice(0, 2);
    const allReady = driverOk && first.length === 2 && first.every(({ ready }) => ready);
    if (allReady) this.attached = true;
    const joins = allReady || (dpdkQuirks ? this.attached : driverOk && this.running);
    const empties = !dpdkQuirks && driverOk && this.attached;
    const starts = (ring: Vring): boolean => (ring.ready && joins) || (ring.discards && empties);
    const waiting = rings.filter((ring) => !ring.running && !ring.passedOver && starts(ring));
    if (waiting.length === 0) return;
    const device: Device = { ...this.format, regions: this.regions.list, log: this.log.current, mtu: this.mtu };
    for (const ring of waiting) ring.running = true;
    await this.user.start(
      device,
      waiting.map((ring) => ring.snapshot()),
    );
  }

  /** Rings are as new; memory stays. */
  async reset(): Promise<void> {
    await this.stop();
    this.attached = false;
    for (const ring of this.rings) ring.reset();
    this.log.clear();
  }

  /** Gives everything back, whatever ring code says to it. */
  async release(): Promise<void> {
    try {
      await this.stop();
    } finally {
      for (const ring of this.rings) ring.reset();
      this.regions.clear();
      this.log.clear();
    }
  }
}
