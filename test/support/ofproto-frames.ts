// ofproto-frames - whole frames for stories about ofproto, and the settings of multicast snooping that go with them.
import { nodeLabHost } from "../../src/node/lab-host.ts";
import type { Ofproto } from "../../src/ofproto/ofproto.ts";
import { Flow } from "../../src/openflow/flow.ts";
import { FlowExtractor } from "../../src/wasm/ovs-extract.ts";

let extractor: FlowExtractor | undefined;

/** A frame of hexadecimal digits, and what the datapath sees of it. */
export function extracted(hex: string, inPort: number): { readonly flow: Flow; readonly packet: Uint8Array } {
  extractor ??= new FlowExtractor(nodeLabHost({ out: () => {}, err: () => {} }, () => false).makeMachine());
  const packet = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const flow = new Flow();
  flow.bytes.set(extractor.extract(packet, { inPort }, 1));
  return { flow, packet };
}

/** `set bridge br0 mcast_snooping_enable=... other_config:mcast-snooping-...`, `set port NAME ...`: as vswitchd/bridge-settings reads them. */
export class McastConfig {
  private readonly values = new Map<string, string>();

  configure(ofproto: Ofproto, [, table, name, ...settings]: readonly string[]): void {
    const set = settings.map(
      (word) => word.replace("other_config:mcast-snooping-", "").split("=") as [key: string, value: string],
    );
    if (table === "port") {
      const port = new Map(set);
      ofproto.setMcastPort(name!, port.get("flood") === "true", port.get("flood-reports") === "true");
      return;
    }
    for (const [key, value] of set) this.values.set(key, value);
    const { values } = this;
    ofproto.setMcastSnooping(
      values.get("mcast_snooping_enable") === "true"
        ? {
            idleSeconds: Number(values.get("aging-time") ?? 0),
            maxEntries: Number(values.get("table-size") ?? 0),
            floodUnregistered: values.get("disable-flood-unregistered") !== "true",
          }
        : undefined,
    );
  }
}
