// domain - libvirt's domain XML as far as it makes a guest's NICs: name, memory, vCPUs, machine, interfaces with their teaming, and what libvirt
// refuses of them (libvirt 10's words). What concerns disks, displays and clocks is taken and has no effect.
import { XMLParser, XMLValidator } from "fast-xml-parser";

export interface Interface {
  /** user, bridge, network, direct, ethernet, vhostuser, hostdev. */
  readonly type: string;
  readonly mac: string | undefined;
  readonly model: string | undefined;
  readonly alias: string | undefined;
  readonly teaming: { readonly type: string; readonly persistent: string | undefined } | undefined;
  /** Of a hostdev: domain:bus:slot.function */
  readonly host: string | undefined;
  /** Of a vhostuser: its socket. */
  readonly path: string | undefined;
  readonly isLinkDown: boolean;
}

export interface Domain {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly machine: string;
  readonly emulator: string;
  readonly interfaces: readonly Interface[];
  /** As it was given. */
  readonly xml: string;
}

/** What virsh prints behind `error: `. */
export class LibvirtError extends Error {}

/** An element: its attributes, its text as `#text`, its children. */
interface Element {
  readonly [name: string]: unknown;
}

const REPEATED = ["interface", "disk", "controller", "hostdev", "graphics", "channel", "serial", "console"];
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  isArray: (name) => REPEATED.includes(name),
});
const KIB: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  KiB: 1,
  k: 1,
  MiB: 1024,
  M: 1024,
  GiB: 1_048_576,
  G: 1_048_576,
};

function child(element: Element | undefined, name: string): Element | undefined {
  const found = element?.[name];
  return typeof found === "object" && found !== null && !Array.isArray(found) ? { ...found } : undefined;
}

/** Text of a child, or of its attribute `@name`. */
function text(element: Element | undefined, name: string): string | undefined {
  const found = element?.[name];
  if (typeof found === "string") return found;
  const inner = child(element, name)?.["#text"];
  return typeof inner === "string" ? inner : undefined;
}

/** @throws LibvirtError for what is no XML, or another document */
function root(xml: string, name: string): Element {
  const valid = XMLValidator.validate(xml);
  if (valid !== true) throw new LibvirtError(`(definition_xml):${valid.err.line}: ${valid.err.msg}`);
  const document: Element = parser.parse(xml);
  const found = document[name];
  const element = Array.isArray(found) ? found[0] : found;
  if (typeof element !== "object" || element === null)
    throw new LibvirtError(
      `XML error: unexpected root element <${Object.keys(document)[0] ?? ""}>, expecting <${name}>`,
    );
  return { ...element };
}

function hostAddress(source: Element | undefined): string | undefined {
  const address = child(source, "address");
  if (address === undefined) return undefined;
  const part = (name: string, digits: number): string =>
    Number(text(address, `@${name}`) ?? "0")
      .toString(16)
      .padStart(digits, "0");
  return `${part("domain", 4)}:${part("bus", 2)}:${part("slot", 2)}.${part("function", 1)}`;
}

function parseInterface(element: Element): Interface {
  const teaming = child(element, "teaming");
  const source = child(element, "source");
  const made: Interface = {
    type: text(element, "@type") ?? "",
    mac: text(child(element, "mac"), "@address"),
    model: text(child(element, "model"), "@type"),
    alias: text(child(element, "alias"), "@name"),
    teaming:
      teaming === undefined
        ? undefined
        : { type: text(teaming, "@type") ?? "", persistent: text(teaming, "@persistent") },
    host: hostAddress(source),
    path: text(source, "@path"),
    isLinkDown: text(child(element, "link"), "@state") === "down",
  };
  refuse(made);
  return made;
}

/** @throws LibvirtError in libvirt's words */
function refuse({ type, model, teaming }: Interface): void {
  if (teaming === undefined) return;
  if (teaming.type !== "persistent" && teaming.type !== "transient")
    throw new LibvirtError(`XML error: Invalid value for attribute 'type' in element 'teaming': '${teaming.type}'`);
  const unsupported = "unsupported configuration:";
  if (teaming.type === "transient") {
    if (teaming.persistent === undefined)
      throw new LibvirtError(`${unsupported} teaming persistent attribute must be set if teaming type is 'transient'`);
    if (type !== "hostdev" && type !== "network")
      throw new LibvirtError(
        `${unsupported} virtio-net teaming transient interface must be type='hostdev', not '${type}'`,
      );
    return;
  }
  if (teaming.persistent !== undefined)
    throw new LibvirtError(`${unsupported} teaming persistent attribute not allowed if teaming type is 'persistent'`);
  if (model === undefined || !model.startsWith("virtio"))
    throw new LibvirtError(
      `${unsupported} virtio-net teaming persistent interface must be <model type='virtio'/>, not '${model ?? "(null)"}'`,
    );
}

/** @throws LibvirtError */
export function parseInterfaceXml(xml: string): Interface {
  return parseInterface(root(xml, "interface"));
}

/** @throws LibvirtError */
export function parseDomain(xml: string): Domain {
  const domain = root(xml, "domain");
  const name = text(domain, "name");
  if (name === undefined || name === "") throw new LibvirtError("missing name");
  const devices = child(domain, "devices");
  const memory =
    Number(text(domain, "memory") ?? Number.NaN) * (KIB[text(child(domain, "memory"), "@unit") ?? "KiB"] ?? Number.NaN);
  if (!(memory > 0)) throw new LibvirtError("missing 'memory' element");
  const list = devices?.interface;
  const interfaces = Array.isArray(list) ? list.map((element: Element) => parseInterface({ ...element })) : [];
  return {
    ...{ name, interfaces, xml, uuid: text(domain, "uuid") },
    memoryMiB: Math.ceil(memory / 1024),
    vcpus: Number(text(domain, "vcpu") ?? "1"),
    machine: text(child(child(domain, "os"), "type"), "@machine") ?? "pc",
    emulator: text(devices, "emulator") ?? "/usr/bin/qemu-system-x86_64",
  };
}
