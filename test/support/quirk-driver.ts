// quirk-driver - a front-end whose rings are written by hand: negotiates over any Host, writes descriptors as a case tells it, and says what became
// of them in one line a look. What is behind the socket may be the real net_vhost or ours.
import { createHash } from "node:crypto";
import type { Fd, Host } from "../../src/vhost-user/host.ts";
import type { PayloadOf, ReplyOf, RequestName } from "../../src/vhost-user/message.ts";
import { Requester } from "../../src/vhost-user/requester.ts";
import { Session } from "../../src/vhost-user/session.ts";
import { DriverMock, NEXT, splitLayout, WRITE } from "./driver-mock.ts";
import { PackedDriverMock, packedLayout } from "./packed-driver-mock.ts";
import { type DriverFile, GUEST, LOG_BYTES, type Piece, QuirkMemory, SEAM, WINDOW_BYTES } from "./quirk-memory.ts";

const USER = 0x7f12_0000_0000n;
/** User addresses of a second region: far from the first one's end. */
const USER_GAP = 1n << 36n;
const RING_AT = 0x1000;
const RING_STRIDE = 0x20000;
/** AVAIL and USED on the first lap. */
const USED = 0x8080;
const PROTOCOL_BIT = 30n;
const PACKED_BIT = 34n;
const LONG_HEADER = (1n << 15n) | (1n << 32n) | (1n << PACKED_BIT);

function featuresOf({ features = [], legacy = false }: QuirkOptions): bigint {
  return features.reduce((mask, bit) => mask | (1n << BigInt(bit)), (1n << PROTOCOL_BIT) | (legacy ? 0n : 1n << 32n));
}

/** A device behind a socket, and memory that it can be given. */
export interface QuirkDevice {
  readonly host: Host;
  readonly path: string;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Memory for one driver, which no earlier one's device still sees: [at, at + WINDOW_BYTES) of `bytes` is the file's. */
  window(): DriverFile;
  /** Memory for the dirty log: LOG_BYTES. */
  readonly log: DriverFile;
  /** Counts of an eventfd since the last time. */
  drain(fd: Fd): number;
  /** Resolves when the device has done all it can: `state` stays as it is. before: what it was at the last look */
  settle(state: () => string, before: string): Promise<void>;
  /** Resolves when rings are served; and when the connection's end was noticed. */
  ready(): Promise<void>;
  gone(): Promise<void>;
}

export interface QuirkOptions {
  /** Bits besides 30 (protocol features) and 32 (VERSION_1). */
  readonly features?: readonly number[];
  /** Without VERSION_1. */
  readonly legacy?: boolean;
  readonly size?: number;
  /** Buffers posted on the rx ring at first, and their descriptors' lengths. */
  readonly rx?: { readonly count: number; readonly lengths: readonly number[] };
  /** Bytes of a received frame that count; undefined: all. */
  readonly compared?: number;
  /** Memory in two regions that meet at SEAM. */
  readonly twoRegions?: boolean;
}

export class QuirkDriver extends QuirkMemory {
  readonly size: number;
  readonly split: readonly DriverMock[];
  readonly packed: readonly PackedDriverMock[];
  /** What was seen, a line a look. */
  readonly seen: string[] = [];
  private readonly device: QuirkDevice;
  private readonly options: QuirkOptions;
  readonly features: bigint;
  private readonly requester: Requester;
  private readonly session = new Session();
  private readonly kicks: Fd[];
  private readonly calls: Fd[];
  /** Pieces of each rx buffer, by head or id. */
  private readonly rxBuffers = new Map<number, readonly Piece[]>();
  /** Slots of packed rings that were seen used. */
  private readonly taken = new Set<number>();
  private readonly next = [0, 0];
  private nextDesc = 0;
  private settled = "";
  private open = true;

  private constructor(device: QuirkDevice, options: QuirkOptions, stream: ReturnType<Host["connect"]>) {
    if ("absent" in stream) throw new Error(`socket ${device.path}: ${stream.absent}`);
    const window = device.window();
    const features = featuresOf(options);
    const isPacked = ((features >> PACKED_BIT) & 1n) === 1n;
    super(device.bytes, window, (features & LONG_HEADER) === 0n ? 10 : 12, isPacked);
    const { bytes, host } = device;
    const { at } = window;
    this.device = device;
    this.options = options;
    this.features = features;
    this.size = options.size ?? 256;
    const rings = [0, 1].map((i) => at + RING_AT + i * RING_STRIDE);
    this.split = rings.map((ring) => new DriverMock(bytes, ring, this.size));
    this.packed = rings.map((ring) => new PackedDriverMock(bytes, ring, this.size));
    this.kicks = rings.map(() => host.makeEventfd());
    this.calls = rings.map(() => host.makeEventfd());
    this.requester = new Requester(host, stream, this.session, 5000);
    this.requester.ended.then(() => {
      this.open = false;
    });
  }

  static async connect(device: QuirkDevice, options: QuirkOptions = {}): Promise<QuirkDriver> {
    const driver = new QuirkDriver(device, options, device.host.connect(device.path));
    await driver.negotiate();
    return driver;
  }

  request<N extends RequestName>(name: N, payload: PayloadOf<N>, fds: readonly Fd[] = []): Promise<ReplyOf<N>> {
    return this.requester.request(name, payload, fds);
  }

  private async negotiate(): Promise<void> {
    const { session, device } = this;
    await this.request("SET_OWNER", undefined);
    await this.request("GET_FEATURES", undefined);
    const protocol = (await this.request("GET_PROTOCOL_FEATURES", undefined)) & 0x1000fn;
    await this.request("SET_PROTOCOL_FEATURES", protocol);
    session.protocolFeatures = protocol;
    for (const index of [0, 1]) await this.giveCall(index);
    await this.request("SET_FEATURES", this.features);
    session.features = this.features;
    await this.request("SET_STATUS", 11n);
    const region = { guest: GUEST, size: BigInt(WINDOW_BYTES), user: USER, offset: 0n };
    const seam = BigInt(SEAM);
    const regions = this.options.twoRegions
      ? [
          { ...region, size: seam },
          { guest: GUEST + seam, size: region.size - seam, user: USER + USER_GAP, offset: seam },
        ]
      : [region];
    await this.request(
      "SET_MEM_TABLE",
      regions,
      regions.map(() => this.fd),
    );
    for (const index of [0, 1]) await this.startRing(index, this.isPacked ? 0x8000 : 0);
    for (const index of [0, 1]) await this.enable(index, 1);
    await this.request("SET_STATUS", 15n);
    await device.ready();
    const { count, lengths } = this.options.rx ?? { count: 32, lengths: [2048] };
    for (let i = 0; i < count; i++) this.postRx(lengths);
    this.publish(0);
    await this.look("start");
  }

  giveCall(index: number): Promise<undefined> {
    return this.request("SET_VRING_CALL", { index, hasFd: true }, [this.calls[index]!]);
  }

  enable(index: number, num: number): Promise<undefined> {
    return this.request("SET_VRING_ENABLE", { index, num });
  }

  /** Where a ring lies. flags: 1: its own pages are logged */
  giveAddress(index: number, flags: number): Promise<undefined> {
    const { size } = this;
    const at = USER + BigInt(RING_AT + index * RING_STRIDE);
    const split = splitLayout(size);
    const packed = packedLayout(size);
    const [avail, used] = this.isPacked ? [packed.driver, packed.device] : [split.avail, split.used];
    const place = { desc: at, avail: at + BigInt(avail), used: at + BigInt(used) };
    return this.request("SET_VRING_ADDR", { index, flags, ...place, log: place.used - USER + GUEST });
  }

  async startRing(index: number, base: number): Promise<void> {
    await this.request("SET_VRING_NUM", { index, num: this.size });
    await this.request("SET_VRING_BASE", { index, num: base });
    await this.giveAddress(index, 0);
    await this.request("SET_VRING_KICK", { index, hasFd: true }, [this.kicks[index]!]);
  }

  /** Writes a chain into the next descriptors of a split ring. @returns its head */
  chain(pieces: readonly Piece[], ring = 1): number {
    const head = this.nextDesc;
    for (const [i, piece] of pieces.entries()) {
      const more = i + 1 < pieces.length;
      const descriptor = { ...piece, flags: (piece.flags ?? 0) | (more ? NEXT : 0), next: more ? head + i + 1 : 0 };
      this.split[ring]!.describe(head + i, descriptor);
    }
    this.nextDesc += pieces.length;
    return head;
  }

  /** Writes avail entries; `publish` makes them available. */
  enter(ring: number, ...heads: readonly number[]): void {
    for (const head of heads) this.split[ring]!.enter(this.next[ring]!++, head);
  }

  /** Makes what was entered available, or all up to an index of one's own choice. */
  publish(ring: number, index = this.next[ring]!): void {
    if (!this.isPacked) this.split[ring]!.availIdx = index;
  }

  /** Makes chains available to a device that receives, all at once. */
  send(...chains: readonly (readonly Piece[])[]): void {
    if (this.isPacked) {
      const ids = chains.map((_, i) => 40 + i);
      this.packed[1]!.postAll(chains.map((pieces, i) => [ids[i]!, pieces] as const));
      return;
    }
    this.enter(1, ...chains.map((pieces) => this.chain(pieces)));
    this.publish(1);
  }

  /** Posts an rx buffer of pieces of these lengths; a split ring's has still to be published. */
  postRx(lengths: readonly number[], flags = WRITE): readonly Piece[] {
    const pieces = lengths.map((len) => {
      const { at, addr } = this.place(len);
      this.bytes.fill(0xee, at, at + len);
      return { addr, len, flags };
    });
    this.postRxPieces(pieces);
    return pieces;
  }

  postRxPieces(pieces: readonly Piece[]): void {
    const id = this.rxBuffers.size * pieces.length;
    this.rxBuffers.set(id, pieces);
    if (this.isPacked) {
      this.packed[0]!.post(id, pieces);
      return;
    }
    for (const [i, piece] of pieces.entries()) {
      const more = i + 1 < pieces.length;
      this.split[0]!.describe(id + i, {
        ...piece,
        flags: (piece.flags ?? 0) | (more ? NEXT : 0),
        next: more ? id + i + 1 : 0,
      });
    }
    this.enter(0, id);
  }

  /** Puts a buffer of `len` bytes in place of one that no device can use. */
  repairRx(id: number, len: number): void {
    const { at, addr } = this.place(len);
    this.bytes.fill(0xee, at, at + len);
    this.rxBuffers.set(id, [{ addr, len, flags: WRITE }]);
    if (this.isPacked) this.packed[0]!.describe(id, { addr, len, id, flags: 0x80 | WRITE });
    else this.split[0]!.describe(id, { addr, len, flags: WRITE });
  }

  /** The dirty log's memory: a file, and its bytes. */
  get log(): { readonly fd: Fd; readonly bytes: Uint8Array } {
    const { fd, at } = this.device.log;
    return { fd, bytes: this.bytes.subarray(at, at + LOG_BYTES) };
  }

  /** How far the device is in each ring. */
  private state(): string {
    const { size } = this;
    return [0, 1]
      .map((ring) => {
        if (!this.isPacked) return this.split[ring]!.usedIdx;
        const slots = Array.from({ length: size }, (_, slot) => this.u16(ring, 16 * slot + 14));
        return slots.filter((flags) => (flags & USED) === USED).length;
      })
      .join();
  }

  /** What the device did since the last look, in one line. */
  async look(what = ""): Promise<void> {
    await this.device.settle(() => this.state(), this.settled);
    this.settled = this.state();
    const rings = [1, 0].map((ring) => this.used(ring));
    const calls = [1, 0].map((ring) => this.device.drain(this.calls[ring]!));
    const closed = this.open ? "" : "; connection closed";
    this.seen.push(
      `${what === "" ? "" : `${what}: `}tx ${rings[0]}; rx ${rings[1]}; calls ${calls.join(" ")}${closed}`,
    );
  }

  note(line: string): void {
    this.seen.push(line);
  }

  private used(ring: number): string {
    const list = this.isPacked ? this.usedPacked(ring) : this.usedSplit(ring);
    if (list.length === 0) return "-";
    return list.length > 12 ? `${list.length} used, ${list[0]} ... ${list.at(-1)}` : list.join(" ");
  }

  private usedSplit(ring: number): string[] {
    const taken = this.split[ring]!.takeUsed();
    const list = taken.map(({ id, len }) => `${id}:${len}${ring === 0 ? this.received(id, len) : ""}`);
    return list.length === 0 ? [] : [`idx=${this.split[ring]!.usedIdx}`, ...list];
  }

  /** Slots on the first lap that were marked used since the last look. */
  private usedPacked(ring: number): string[] {
    const list: string[] = [];
    for (let slot = 0; slot < this.size; slot++) {
      const flags = this.u16(ring, 16 * slot + 14);
      const key = ring * this.size + slot;
      if ((flags & USED) !== USED || this.taken.has(key)) continue;
      this.taken.add(key);
      const id = this.u16(ring, 16 * slot + 12);
      const len = this.u16(ring, 16 * slot + 8) + 65536 * this.u16(ring, 16 * slot + 10);
      list.push(`[${slot}]${id}:${len}:${flags.toString(16)}${ring === 0 ? this.received(id, len) : ""}`);
    }
    return list;
  }

  /** Header, length and digest of what lies in an rx buffer. */
  private received(id: number, len: number): string {
    const pieces = this.rxBuffers.get(id);
    if (pieces === undefined) return "?";
    const { at, bytes } = this;
    const whole = Buffer.concat(
      pieces
        .filter(({ addr, len: n }) => addr >= GUEST && addr + BigInt(n) <= GUEST + BigInt(WINDOW_BYTES))
        .map(({ addr, len: n }) => {
          const from = at + Number(addr - GUEST);
          return bytes.slice(from, from + n);
        }),
    ).subarray(0, len);
    const head = whole.subarray(0, this.header).toString("hex");
    const { compared = WINDOW_BYTES } = this.options;
    const counted = whole.subarray(this.header, this.header + compared);
    const frame = createHash("md5").update(counted).digest("hex").slice(0, 8);
    return `(${head} ${Math.max(0, len - this.header)} ${frame})`;
  }

  /** Bytes of a ring's memory: event areas and flags. offset: from its beginning */
  u16(ring: number, offset: number): number {
    const { at, bytes } = this;
    return new DataView(bytes.buffer).getUint16(at + RING_AT + ring * RING_STRIDE + offset, true);
  }

  setU16(ring: number, offset: number, value: number): void {
    const { at, bytes } = this;
    new DataView(bytes.buffer).setUint16(at + RING_AT + ring * RING_STRIDE + offset, value, true);
  }

  async close(): Promise<void> {
    this.requester.close();
    await this.requester.ended;
    await this.device.gone();
    for (const fd of [...this.kicks, ...this.calls]) this.device.host.closeFd(fd);
  }
}
