// devbind - dpdk-devbind.py: which driver has which NIC (usertools/dpdk-devbind.py of 22.11), of a guest or, with none, of the host.
import type { Streams } from "../shell/host.ts";
import type { GuestNic } from "./guest.ts";

const DPDK_DRIVERS = ["igb_uio", "vfio-pci", "uio_pci_generic"];
const OTHERS = ["Baseband", "Crypto", "DMA", "Eventdev", "Mempool", "Compress", "Misc (rawdev)", "Regex"];

function heading(text: string): string {
  return `\n${text}\n${"=".repeat(text.length)}\n`;
}

function status(nics: readonly GuestNic[]): string {
  const device = "'Virtio network device 1000'";
  const ours = nics.filter(({ driver }) => DPDK_DRIVERS.includes(driver));
  const kernels = nics.filter(({ driver }) => driver !== "" && !DPDK_DRIVERS.includes(driver));
  const loose = nics.filter(({ driver }) => driver === "");
  let text = "";
  if (ours.length > 0) {
    text += heading("Network devices using DPDK-compatible driver");
    for (const { address, driver } of ours) text += `${address} ${device} drv=${driver} unused=virtio-pci \n`;
  }
  if (kernels.length > 0) {
    text += heading("Network devices using kernel driver");
    for (const { address, driver, name } of kernels) text += `${address} ${device} if=${name} drv=${driver} unused= \n`;
  }
  if (loose.length > 0) {
    text += heading("Other Network devices");
    for (const { address } of loose) text += `${address} ${device} unused=virtio-pci \n`;
  }
  if (nics.length === 0) text += heading("No 'Network' devices detected");
  for (const kind of OTHERS) text += heading(`No '${kind}' devices detected`);
  return text;
}

/** words: behind the program's name. @returns the exit code */
export function runDevbind(words: readonly string[], nics: readonly GuestNic[], { out, err }: Streams): number {
  let driver: string | undefined;
  const devices: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--status" || word === "-s") {
      out(status(nics));
      return 0;
    }
    const [, bound] = /^(?:--bind=|-b=?)(.+)$/.exec(word) ?? [];
    if (bound !== undefined) driver = bound;
    else if (word === "--bind" || word === "-b") driver = words[++i];
    else if (word === "-u" || word === "--unbind") driver = "";
    else if (!word.startsWith("-")) devices.push(word);
  }
  if (driver === undefined) {
    err("Error: No action specified for devices. Please give a --bind, --ubind or --status option\n");
    return 1;
  }
  for (const device of devices) {
    const address = /^[0-9a-f]{4}:/i.test(device) ? device : `0000:${device}`;
    const nic = nics.find(({ address: known, name }) => known === address || name === device);
    if (nic === undefined) {
      err(`Error: Unknown device: ${device}. Please specify device in "bus:slot.func" format\n`);
      return 1;
    }
    nic.driver = driver;
  }
  return 0;
}
