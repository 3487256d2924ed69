// dump - `dump_*`: what a DPDK process is made of. Devices and struct sizes are told as 22.11 tells them.
// Not modelled: memory, its zones, rings and pools, whose addresses are another process's; log types.
import type { App } from "../app.ts";
import { command } from "../console/command.ts";

/** sizeof of 22.11 on x86-64. */
const STRUCT_SIZES = { rte_mbuf: 128, rte_mempool: 192, rte_ring: 384 } as const;

const DUMPS: Readonly<Record<string, (app: App) => string>> = {
  dump_struct_sizes: () =>
    Object.entries(STRUCT_SIZES)
      .map(([name, bytes]) => `sizeof(struct ${name}) = ${bytes}\n`)
      .join(""),
  dump_devargs: (app) => {
    const given = [...app.ports.values()].filter(({ dev }) => dev.devargs !== undefined);
    const devices = given.map(({ dev }) => `  [vdev]: ${dev.name} ${dev.devargs}\n`);
    return `User device list:\n${devices.join("")}`;
  },
};

const notModelled = (app: App, what: string): void => app.err(`ringbed: ${what}: not modelled\n`);

/** One pool for each size of mbufs, and its ring. */
const isPool = ({ settings }: App, name: string): boolean =>
  settings.mbufSizes.some((_, i) => name === `mb_pool_0${i === 0 ? "" : `_${i}`}`);

export const dumpCommands = [
  command(
    "<dump:dump_physmem|dump_memzone|dump_socket_mem|dump_struct_sizes|dump_ring|dump_mempool|dump_devargs|dump_log_types>",
    "Dump status",
    (app, { dump }) => {
      const text = DUMPS[dump]?.(app);
      if (text === undefined) notModelled(app, dump);
      else app.out(text);
    },
  ),
  command("<dump:dump_ring|dump_mempool> <name:string>", ": Dump one ring/mempool", (app, { dump, name }, shell) => {
    const ring = dump === "dump_ring";
    if (isPool(app, ring ? name.replace(/^MP_/, "") : name)) notModelled(app, dump);
    else shell.print(`Cannot find ${ring ? "ring" : "mempool"}\n`);
  }),
];
