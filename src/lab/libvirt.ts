// libvirt - the lab's libvirt daemon: domains, the QEMU processes of those that run, and what changes them. A migration goes to another process on
// the same host's NIC, as to a host on the same wire; the destination's daemon is this one.
// Not modelled: managed='yes' (functions need no rebinding), networks and pools, storage, security, jobs in the background.
import { type Domain, type Interface, LibvirtError, parseDomain } from "../libvirt/domain.ts";
import { aliasOf, nicsOf, nicWords, placeOf, qemuArgv } from "../libvirt/qemu-argv.ts";
import { parseProperties, QemuError } from "../qemu/properties.ts";
import { startQemu } from "./commands-qemu.ts";
import type { Guest } from "./guest.ts";
import type { Lab } from "./lab.ts";

const MIGRATION_PORT = 49152;
const STEP_MS = 1;
/** How long virsh waits for a device to be let go of. */
const DETACH_MS = 5000;

interface Entry {
  domain: Domain;
  /** Those that the guest has, with libvirt's names for them. */
  nics: { readonly alias: string; readonly nic: Interface }[];
  /** undefined: shut off */
  guest: Guest | undefined;
  id: number;
}

export class Libvirt {
  private readonly lab: Lab;
  private readonly entries = new Map<string, Entry>();
  private lastId = 0;

  constructor(lab: Lab) {
    this.lab = lab;
  }

  define(xml: string): Domain {
    const domain = parseDomain(xml);
    const known = this.entries.get(domain.name);
    if (known === undefined) this.entries.set(domain.name, { domain, nics: [], guest: undefined, id: 0 });
    else known.domain = domain;
    return domain;
  }

  list(): { readonly id: number; readonly name: string; readonly state: string }[] {
    return [...this.entries.values()].map(({ id, domain: { name }, guest }) => ({ id, name, state: stateOf(guest) }));
  }

  /** @throws LibvirtError */
  entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new LibvirtError(`failed to get domain '${name}'`);
    return entry;
  }

  /** @throws LibvirtError unless the domain runs */
  running(name: string): Entry & { readonly guest: Guest } {
    const entry = this.entry(name);
    const { guest } = entry;
    if (guest === undefined) throw new LibvirtError("Requested operation is not valid: domain is not running");
    return Object.assign(entry, { guest });
  }

  start(name: string, err: (text: string) => void): void {
    const entry = this.entry(name);
    if (entry.guest !== undefined) throw new LibvirtError("Domain is already active");
    this.launch(entry, err);
    this.ask(entry.guest, "cont", ({ qemu }) => qemu.cont());
  }

  private launch(entry: Entry, err: (text: string) => void, incoming?: string): void {
    const { domain } = entry;
    const id = this.lastId + 1;
    const argv = qemuArgv(domain, monitorPath(id, domain.name), incoming);
    let said = "";
    const program = domain.emulator.replace(/^.*\//, "");
    const code = startQemu(this.lab, program, argv, (text) => {
      said += text;
      if (entry.guest !== undefined) err(text);
    });
    if (code !== 0)
      throw new LibvirtError(`internal error: process exited while connecting to monitor: ${said.trimEnd()}`);
    this.lastId = id;
    entry.id = id;
    entry.guest = this.lab.guests.at(-1)!;
    const given = nicsOf(domain).map(({ alias }) => alias);
    const ordered = [...domain.interfaces].sort((a, b) => Number(a.type === "hostdev") - Number(b.type === "hostdev"));
    entry.nics = given.map((alias, i) => ({ alias, nic: ordered[i]! }));
    for (const { alias, nic } of entry.nics) if (nic.isLinkDown) entry.guest.qemu.setLink(alias, false);
  }

  destroy(name: string): void {
    const entry = this.running(name);
    this.end(entry.guest);
    Object.assign(entry, { guest: undefined, id: 0, nics: [] });
  }

  private end(guest: Guest): void {
    guest.board.end();
    this.lab.guests.splice(this.lab.guests.indexOf(guest), 1);
  }

  private ask<Result>(guest: Guest | undefined, command: string, act: (guest: Guest) => Result): Result {
    if (guest === undefined) throw new LibvirtError("Requested operation is not valid: domain is not running");
    try {
      return act(guest);
    } catch (error) {
      if (!(error instanceof QemuError)) throw error;
      throw new LibvirtError(`internal error: unable to execute QEMU command '${command}': ${error.message}`);
    }
  }

  attach(name: string, nic: Interface): void {
    const entry = this.running(name);
    const taken = entry.nics.map(({ alias }) => alias);
    const alias = aliasOf(nic, taken);
    const words = nicWords(nic, alias, placeOf(entry.domain.machine, taken.length));
    const device = words[words.lastIndexOf("-device") + 1] ?? "";
    this.ask(entry.guest, "device_add", ({ qemu }) => qemu.deviceAdd(parseProperties(device)));
    entry.nics.push({ alias, nic });
  }

  /** Waits until the guest has let go of it. */
  async detach(name: string, like: Interface): Promise<void> {
    const entry = this.running(name);
    const same = (nic: Interface): boolean =>
      nic.type === like.type && nic.mac === like.mac && (like.host === undefined || nic.host === like.host);
    const found = entry.nics.find(({ nic }) => same(nic));
    if (found === undefined)
      throw new LibvirtError(`operation failed: no device matching MAC address ${like.mac ?? "(null)"} found`);
    let isGone = false;
    const end = entry.guest.qemu.events.listen(({ event, data }) => {
      isGone ||= event === "DEVICE_DELETED" && data?.device === found.alias;
    });
    this.ask(entry.guest, "device_del", ({ qemu }) => qemu.deviceDel(found.alias));
    for (let ms = 0; !isGone && ms < DETACH_MS; ms += STEP_MS) await this.lab.time.advance(STEP_MS);
    end();
    entry.nics = entry.nics.filter((one) => one !== found);
  }

  setLink(name: string, which: string, isUp: boolean): void {
    const entry = this.running(name);
    const found = entry.nics.find(({ alias, nic }) => nic.mac === which.toLowerCase() || alias === which);
    if (found === undefined || found.nic.type === "hostdev")
      throw new LibvirtError(`interface (target: ${which}) not found`);
    this.ask(entry.guest, "set_link", ({ qemu }) => qemu.setLink(found.alias, isUp));
  }

  /** Waits until the guest runs at the destination; told: the process that it is in now. */
  async migrate(name: string, err: (text: string) => void): Promise<void> {
    const entry = this.running(name);
    const source = entry.guest;
    const port = MIGRATION_PORT + this.lastId;
    this.launch(entry, err, `tcp:0:${port}`);
    const destination = entry.guest;
    destination.qemu.cont();
    try {
      this.ask(source, "migrate", ({ qemu }) => qemu.migrate(`tcp:localhost:${port}`));
      while (source.qemu.migration?.isOver !== true) await this.lab.time.advance(STEP_MS);
    } finally {
      if (source.qemu.migration?.status !== "completed") {
        this.end(destination);
        Object.assign(entry, { guest: source });
      } else this.end(source);
    }
  }
}

function monitorPath(id: number, name: string): string {
  return `/var/lib/libvirt/qemu/domain-${id}-${name}/monitor.sock`;
}

function stateOf(guest: Guest | undefined): string {
  if (guest === undefined) return "shut off";
  return guest.qemu.state === "running" ? "running" : "paused";
}
