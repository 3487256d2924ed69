// native-libc - the C library's calls that live vhost-user needs and Node has not, through koffi: sockets that carry descriptors, mmap at a
// fixed place, memfd, eventfd. Nothing here waits but `poll`, which only lcores' threads call.
// koffi's rules: it knows no ssize_t (intptr_t); errno is read right after the call; a buffer that C keeps an address of must not be on the
// JavaScript heap (more than 64 bytes) and must stay referenced.
import { UsageError } from "../errors.ts";

export interface PollHandle {
  stop(): void;
  close(): void;
}

/** What is used of koffi. */
interface Koffi {
  load(path: string): { func(declaration: string): (...args: readonly unknown[]) => unknown };
  address(buffer: Uint8Array): bigint;
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
  readonly node: {
    poll(
      fd: number,
      events: { readonly readable: boolean; readonly disconnect: boolean },
      then: () => void,
    ): PollHandle;
  };
}

const DECLARATIONS = {
  socket: "int socket(int, int, int)",
  socketpair: "int socketpair(int, int, int, void *)",
  bind: "int bind(int, void *, uint32_t)",
  listen: "int listen(int, int)",
  accept4: "int accept4(int, void *, void *, int)",
  connect: "int connect(int, void *, uint32_t)",
  sendmsg: "intptr_t sendmsg(int, void *, int)",
  recvmsg: "intptr_t recvmsg(int, void *, int)",
  close: "int close(int)",
  poll: "int poll(void *, unsigned long, int)",
  eventfd: "int eventfd(unsigned int, int)",
  memfd_create: "int memfd_create(const char *, unsigned int)",
  ftruncate: "int ftruncate(int, int64_t)",
  fcntl: "int fcntl(int, int, int)",
  mmap: "intptr_t mmap(void *, size_t, int, int, int, int64_t)",
} as const;

type Call = keyof typeof DECLARATIONS;

const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

function isKoffi(value: unknown): value is Koffi {
  return typeof value === "object" && value !== null && "load" in value && "errno" in value && "node" in value;
}

/** A call's result, or the name of the errno that it failed with. */
export type Result = { readonly value: number } | { readonly errno: string };

export class Libc {
  private readonly koffi: Koffi;
  private readonly calls: Readonly<Record<Call, (...args: readonly unknown[]) => unknown>>;

  private constructor(koffi: Koffi, library: ReturnType<Koffi["load"]>) {
    this.koffi = koffi;
    const entries = Object.entries(DECLARATIONS).map(([name, declaration]) => [name, library.func(declaration)]);
    this.calls = Object.fromEntries(entries);
  }

  /** @throws UsageError off Linux, or where koffi is not installed */
  static async load(): Promise<Libc> {
    const refuse = (found: string, expected: string): never => {
      throw new UsageError(`live vhost-user: found ${found}, expected ${expected}`);
    };
    if (process.platform !== "linux") refuse(`platform ${process.platform}`, "Linux");
    const specifier: string = "koffi"; // an optional dependency: not known to the compiler
    let koffi: unknown;
    try {
      const loaded: unknown = await import(specifier);
      koffi = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : loaded;
    } catch {
      // told below
    }
    if (!isKoffi(koffi)) return refuse("no koffi", "it installed (npm install koffi)");
    for (const path of LIBRARIES) {
      try {
        return new Libc(koffi, koffi.load(path));
      } catch {
        // not this C library
      }
    }
    return refuse("no C library that koffi can load", "glibc or musl");
  }

  /** Calls; a result below 0 is a failure. */
  call(name: Call, ...args: readonly unknown[]): Result {
    const value = Number(this.calls[name](...args));
    if (value >= 0) return { value };
    const code = this.koffi.errno();
    const { errno } = this.koffi.os;
    return { errno: Object.keys(errno).find((key) => errno[key] === code) ?? String(code) };
  }

  /** Its address in this process. It must be longer than 64 bytes, and stay referenced as long as C uses the address. */
  address(buffer: Uint8Array): bigint {
    return BigInt(this.koffi.address(buffer));
  }

  /** Calls `then` once for each time that the descriptor is found readable, or its peer gone, until closed. */
  poll(fd: number, then: () => void): PollHandle {
    return this.koffi.node.poll(fd, { readable: true, disconnect: true }, then);
  }
}

/** A buffer that C may keep the address of: never on the JavaScript heap. */
export function nativeBuffer(size: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(Math.max(size, 128)), 0, size);
}
