// testpmd-seat - a testpmd among the lab's other programs: its machine is the lab's, its time as well.
import type { EalMachine } from "../dpdk/eal/eal.ts";
import { UsageError } from "../errors.ts";
import type { Streams } from "../shell/host.ts";
import type { TestpmdHost } from "../testpmd/host.ts";
import type { Guest } from "./guest.ts";
import type { Lab } from "./lab.ts";

/** What EAL finds out about a guest; undefined: about the host. */
export function labCpus(guest: Guest | undefined): EalMachine {
  const cpus = Array.from({ length: guest?.cores ?? 64 }, (_, i) => i);
  return { cpus, affinity: cpus, numaNodes: 1 };
}

/** guest: whose NICs it has; undefined: it runs on the host */
export function labTestpmdHost(lab: Lab, guest: Guest | undefined, streams: Streams): TestpmdHost {
  const { host, machine, time, links } = lab;
  const read = async (): Promise<Uint8Array | undefined> => {
    const line = await streams.input.line();
    return line === undefined ? undefined : new TextEncoder().encode(line.endsWith("\n") ? line : `${line}\n`);
  };
  return {
    program: "testpmd",
    io: { out: (text) => streams.out(text), err: (text) => streams.err(text) },
    input: { read, readKeys: read },
    files: host.files,
    machine: labCpus(guest),
    clockMHz: 1000,
    seat: { time, links, pci: guest?.pci(links) ?? [] },
    makeMachine: () => machine,
    makeExecutor: () => {
      throw new UsageError("testpmd: found the wall's clock, expected virtual time");
    },
    openLive: () => {
      throw new UsageError("testpmd: found a peer outside the lab, expected one in it");
    },
    profileText: () => host.profileText(),
    pathKind: (path) => (links.hasHost(path) ? "socket" : host.pathKind(path)),
    readText: (path) => host.readText(path),
    randomMac: () => 0x02n,
    dateNs: () => BigInt(lab.epoch) * 1_000_000_000n,
    nowNs: () => time.nowPs / 1000n,
    rest: () => host.rest(),
    isInterrupted: () => host.isInterrupted(),
  };
}
