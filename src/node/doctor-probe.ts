// doctor-probe - what this machine has of what Ringbed can use: plain data, printed elsewhere.
// Follows: nothing; asks each program for its version, and the kernel by its files.
// Invariants: I1 a missing part is an answer, never an error. I2 nothing is started that goes on running.
// Not modelled: whether a part works (a KVM guest that boots, hugepages of the right node), only that it is there.
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

export interface MachinePart {
  /** As a user knows it: "koffi", "dpdk-testpmd", "/dev/kvm". */
  readonly name: string;
  readonly found: boolean;
  /** Version or amount, in the part's own words; empty when it is missing. */
  readonly version: string;
  /** What does not work without it. */
  readonly disables: string;
  /** The command that provides it; empty where no command does. */
  readonly provide: string;
}

export interface MachineReport {
  readonly platform: string;
  readonly cpu: string;
  readonly parts: readonly MachinePart[];
}

type Need = Pick<MachinePart, "name" | "disables" | "provide">;

const OLDEST_NODE = [20, 19];

function part(need: Need, version: string | undefined): MachinePart {
  return { ...need, found: version !== undefined, version: version ?? "" };
}

/** What a program prints, both streams, whatever its exit code; undefined when it cannot be started. */
function output(program: string, ...args: readonly string[]): string | undefined {
  const run = spawnSync(program, args, { encoding: "utf8", timeout: 20_000, stdio: ["ignore", "pipe", "pipe"] });
  return run.error === undefined ? run.stdout + run.stderr : undefined;
}

/** The first match in a program's output; its first line when the output has another form. */
function version(pattern: RegExp, program: string, ...args: readonly string[]): string | undefined {
  const text = output(program, ...args);
  if (text === undefined) return undefined;
  return pattern.exec(text)?.[1] ?? text.trim().split("\n")[0] ?? "";
}

function node(): MachinePart {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const recent = major > OLDEST_NODE[0]! || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]!);
  return {
    name: "Node",
    found: recent,
    version: process.versions.node,
    disables: "everything: Node 20.19 or later is needed",
    provide: "nvm install 22",
  };
}

function cores(): MachinePart {
  const count = availableParallelism();
  return {
    name: "cores",
    found: count >= 2,
    version: String(count),
    disables:
      "two lcores at the same time: parallel runs and live peers share one core, two-core benchmarks are skipped",
    provide: "",
  };
}

async function koffi(): Promise<MachinePart> {
  const need = {
    name: "koffi",
    disables: "live vhost-user peers and pinned threads; everything in virtual time works without it",
    provide: "npm install koffi",
  };
  const specifier: string = "koffi"; // an optional dependency: not known to the compiler
  try {
    const loaded: unknown = await import(specifier);
    const library = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : loaded;
    const named = typeof library === "object" && library !== null && "version" in library ? library.version : "loads";
    return part(need, String(named));
  } catch {
    return part(need, undefined);
  }
}

function hugepages(): MachinePart {
  const need = {
    name: "hugepages",
    disables: "real peers on hugepages; dpdk-testpmd runs with --no-huge, QEMU and OVS-DPDK guests do not run",
    provide: "sysctl -w vm.nr_hugepages=512",
  };
  try {
    const text = readFileSync("/proc/meminfo", "utf8");
    const total = Number(/^HugePages_Total:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    const size = /^Hugepagesize:\s+(\d+ kB)/m.exec(text)?.[1] ?? "";
    return part(need, total > 0 ? `${total} of ${size}` : undefined);
  } catch {
    return part(need, undefined);
  }
}

function gcc(): MachinePart {
  return part(
    {
      name: "gcc",
      disables: "the C twin and the ping-pong in `ringbed bench`",
      provide: "apt-get install gcc libc6-dev",
    },
    version(/^gcc .*?(\d+\.\d+\.\d+)$/m, "gcc", "--version"),
  );
}

function testpmd(): MachinePart {
  return part(
    {
      name: "dpdk-testpmd",
      disables:
        "`ringbed compare testpmd` and `compare live`, the real peer of `ringbed bench`; recorded runs still serve",
      provide: "apt-get install dpdk",
    },
    // The version comes before the usage, with which testpmd then ends.
    version(/RTE Version: 'DPDK ([^']+)'/, "dpdk-testpmd", "-v", "-h"),
  );
}

function openVswitch(): MachinePart {
  const text = output("ovs-vswitchd", "--version");
  const dpdk = /DPDK (\S+)/.exec(text ?? "")?.[1];
  const ovs = /Open vSwitch\) (\S+)/.exec(text ?? "")?.[1];
  const need = {
    name: "ovs-vswitchd with DPDK",
    disables: "`ringbed compare lab`",
    provide:
      text === undefined || dpdk !== undefined
        ? "apt-get install openvswitch-switch-dpdk"
        : "apt-get install openvswitch-switch-dpdk && update-alternatives --set ovs-vswitchd /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk",
  };
  return part(need, dpdk === undefined ? undefined : `${ovs ?? "unknown"} with DPDK ${dpdk}`);
}

function qemu(): MachinePart {
  return part(
    {
      name: "qemu-system-x86_64",
      disables: "QEMU guests as live peers",
      provide: "apt-get install qemu-system-x86",
    },
    version(/version (\d+\.\d+\.\d+)/, "qemu-system-x86_64", "--version"),
  );
}

function kvm(): MachinePart {
  const need = {
    name: "/dev/kvm",
    disables: "hardware virtualisation: QEMU guests are emulated, and slow",
    provide: "modprobe -a kvm_intel kvm_amd && usermod -aG kvm $USER",
  };
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return part(need, "readable and writable");
  } catch {
    return part(need, undefined);
  }
}

function tcpdump(): MachinePart {
  return part(
    { name: "tcpdump", disables: "nothing of Ringbed; it reads our captures", provide: "apt-get install tcpdump" },
    version(/tcpdump version (\S+)/, "tcpdump", "--version"),
  );
}

function tshark(): MachinePart {
  return part(
    { name: "tshark", disables: "the tests that let it read our pcapng files", provide: "apt-get install tshark" },
    version(/TShark \D*(\d+\.\d+\.\d+)/, "tshark", "--version"),
  );
}

/** Looks at this machine; takes up to a few seconds, for each program is asked for its version. */
export async function probeMachine(): Promise<MachineReport> {
  return {
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    parts: [
      node(),
      cores(),
      await koffi(),
      hugepages(),
      gcc(),
      testpmd(),
      openVswitch(),
      qemu(),
      kvm(),
      tcpdump(),
      tshark(),
    ],
  };
}
