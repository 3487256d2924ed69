// arena - who owns which bytes of the linear memory. TypeScript plans, AssemblyScript operates: every address that the engine is
// given was allocated here. Page 0 stays empty, so 0 is null; regions start zeroed because nothing is handed out twice.
import { CACHE_LINE, PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { UsageError } from "../errors.ts";

/** Never handed out: headers of a frame in several segments are read as if they lay in the first (so does OVS), at most this far. */
const GUARD_BYTES = 65536;

export class Arena {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  private next = PAGE_BYTES;
  private readonly end: number;

  constructor(memory: WebAssembly.Memory) {
    this.bytes = new Uint8Array(memory.buffer);
    this.end = this.bytes.length - GUARD_BYTES;
  }

  /** Reserves `size` bytes. @returns their linear address. @throws UsageError when the memory is used up */
  allocate(size: number, what: string, align: number = CACHE_LINE): number {
    const at = Math.ceil(this.next / align) * align;
    if (!(at + size <= this.end)) {
      const mib = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
      throw new UsageError(`memory: found ${mib(this.end - this.next)} left, expected ${mib(size)} for ${what}`);
    }
    this.next = at + size;
    return at;
  }

  /** Bytes not yet reserved. */
  get left(): number {
    return this.end - this.next;
  }

  u16(at: number, length: number): Uint16Array<SharedArrayBuffer> {
    return new Uint16Array(this.bytes.buffer, at, length);
  }

  u32(at: number, length: number): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.bytes.buffer, at, length);
  }

  u64(at: number, length: number): BigUint64Array<SharedArrayBuffer> {
    return new BigUint64Array(this.bytes.buffer, at, length);
  }
}
