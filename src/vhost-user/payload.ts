// payload - what a message carries behind its header, one codec a kind. Follows: vhost-user protocol, "Message payloads"; all fields are
// little-endian here (the protocol says native, and every host we run on is).
// Invariant: a decoder is only given a length between its min and max; one that looks further into it says a fault in words.
import { PeerFault } from "./fault.ts";

export interface VringState {
  readonly index: number;
  readonly num: number;
}

export interface VringAddr {
  readonly index: number;
  readonly flags: number;
  readonly desc: bigint;
  readonly used: bigint;
  readonly avail: bigint;
  readonly log: bigint;
}

/** A piece of the front-end's memory: where the guest, the front-end itself and its file have it. */
export interface MemoryRegion {
  readonly guest: bigint;
  readonly size: bigint;
  readonly user: bigint;
  readonly offset: bigint;
}

/** A ring's event descriptor. hasFd false: this event is not to be signalled. */
export interface VringFile {
  readonly index: number;
  readonly hasFd: boolean;
}

export interface ConfigSpace {
  readonly offset: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
}

export interface LogArea {
  readonly size: bigint;
  readonly offset: bigint;
}

/** Payload by kind. */
export interface Payloads {
  none: undefined;
  u64: bigint;
  state: VringState;
  addr: VringAddr;
  memory: readonly MemoryRegion[];
  file: VringFile;
  config: ConfigSpace;
  log: LogArea;
  bytes: Uint8Array;
}

export type PayloadKind = keyof Payloads;

export interface Codec<T> {
  /** Shortest and longest, bytes. */
  readonly min: number;
  readonly max: number;
  encode(value: T): Uint8Array;
  decode(view: DataView): T;
}

/** Longest payload that is read at all: no request that is known needs more. */
export const MAX_PAYLOAD = 4096;
const REGION_BYTES = 32;
/** VHOST_USER_MAX_CONFIG_SIZE of the protocol. */
const MAX_CONFIG = 256;
const CONFIG_HEADER = 12;
const VRING_NOFD = 1n << 8n;

/** Makes `size` bytes and fills them. */
function filled(size: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

const u64: Codec<bigint> = {
  min: 8,
  max: 8,
  encode: (value) => filled(8, (view) => view.setBigUint64(0, value, true)),
  decode: (view) => view.getBigUint64(0, true),
};

const state: Codec<VringState> = {
  min: 8,
  max: 8,
  encode: ({ index, num }) =>
    filled(8, (view) => {
      view.setUint32(0, index, true);
      view.setUint32(4, num, true);
    }),
  decode: (view) => ({ index: view.getUint32(0, true), num: view.getUint32(4, true) }),
};

/** The used ring stands before the avail ring. */
const addr: Codec<VringAddr> = {
  min: 40,
  max: 40,
  encode: (value) =>
    filled(40, (view) => {
      view.setUint32(0, value.index, true);
      view.setUint32(4, value.flags, true);
      view.setBigUint64(8, value.desc, true);
      view.setBigUint64(16, value.used, true);
      view.setBigUint64(24, value.avail, true);
      view.setBigUint64(32, value.log, true);
    }),
  decode: (view) => ({
    index: view.getUint32(0, true),
    flags: view.getUint32(4, true),
    desc: view.getBigUint64(8, true),
    used: view.getBigUint64(16, true),
    avail: view.getBigUint64(24, true),
    log: view.getBigUint64(32, true),
  }),
};

const memory: Codec<readonly MemoryRegion[]> = {
  min: 8,
  max: MAX_PAYLOAD,
  encode: (regions) =>
    filled(8 + regions.length * REGION_BYTES, (view) => {
      view.setUint32(0, regions.length, true);
      for (const [i, region] of regions.entries()) {
        const at = 8 + i * REGION_BYTES;
        view.setBigUint64(at, region.guest, true);
        view.setBigUint64(at + 8, region.size, true);
        view.setBigUint64(at + 16, region.user, true);
        view.setBigUint64(at + 24, region.offset, true);
      }
    }),
  decode: (view) => {
    const count = view.getUint32(0, true);
    if (view.byteLength !== 8 + count * REGION_BYTES) {
      throw new PeerFault(
        `memory table: found ${view.byteLength} bytes, expected ${8 + count * REGION_BYTES} for ${count} regions`,
      );
    }
    return Array.from({ length: count }, (_, i) => {
      const at = 8 + i * REGION_BYTES;
      return {
        guest: view.getBigUint64(at, true),
        size: view.getBigUint64(at + 8, true),
        user: view.getBigUint64(at + 16, true),
        offset: view.getBigUint64(at + 24, true),
      };
    });
  },
};

const file: Codec<VringFile> = {
  min: 8,
  max: 8,
  encode: ({ index, hasFd }) => u64.encode(BigInt(index) | (hasFd ? 0n : VRING_NOFD)),
  decode: (view) => {
    const value = u64.decode(view);
    return { index: Number(value & 0xffn), hasFd: (value & VRING_NOFD) === 0n };
  },
};

const config: Codec<ConfigSpace> = {
  min: CONFIG_HEADER,
  max: CONFIG_HEADER + MAX_CONFIG,
  encode: ({ offset, flags, bytes }) => {
    const message = filled(CONFIG_HEADER + bytes.length, (view) => {
      view.setUint32(0, offset, true);
      view.setUint32(4, bytes.length, true);
      view.setUint32(8, flags, true);
    });
    message.set(bytes, CONFIG_HEADER);
    return message;
  },
  decode: (view) => {
    const size = view.getUint32(4, true);
    if (size !== view.byteLength - CONFIG_HEADER) {
      throw new PeerFault(
        `config space: found ${view.byteLength - CONFIG_HEADER} bytes, expected the ${size} it names`,
      );
    }
    return {
      offset: view.getUint32(0, true),
      flags: view.getUint32(8, true),
      bytes: new Uint8Array(view.buffer, view.byteOffset + CONFIG_HEADER, size).slice(),
    };
  },
};

const log: Codec<LogArea> = {
  min: 16,
  max: 16,
  encode: ({ size, offset }) =>
    filled(16, (view) => {
      view.setBigUint64(0, size, true);
      view.setBigUint64(8, offset, true);
    }),
  decode: (view) => ({ size: view.getBigUint64(0, true), offset: view.getBigUint64(8, true) }),
};

const none: Codec<undefined> = { min: 0, max: 0, encode: () => new Uint8Array(0), decode: () => undefined };

const bytes: Codec<Uint8Array> = {
  min: 0,
  max: MAX_PAYLOAD,
  encode: (value) => value,
  decode: (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(),
};

export const CODECS: { readonly [K in PayloadKind]: Codec<Payloads[K]> } = {
  none,
  u64,
  state,
  addr,
  memory,
  file,
  config,
  log,
  bytes,
};
