// bundle - flow_mods and group_mods as ovs-ofctl sends them: one by one, each followed by a barrier, until one is refused; or with --bundle all or
// none (lib/vconn.c, ofp-bundle.c of OVS 3.1).
import { OfpError } from "../ofproto/ofp-error.ts";
import type { Connection } from "./connection.ts";

/** A message that the switch may refuse. */
export interface Message {
  /** `NXT_FLOW_MOD` */
  readonly name: string;
  /** As it is printed behind its heading, with the blank or line's end before it. */
  body(): string;
  /** @throws OfpError */
  send(): void;
}

const ONF_BUNDLE_VERSION = 4;

/** @returns the exit code */
export function sendOneByOne(connection: Connection, messages: Iterable<Message>): number {
  for (const { name, body, send } of messages) {
    const xid = connection.takeBarrierXid();
    try {
      send();
    } catch (error) {
      if (!(error instanceof OfpError)) throw error;
      connection.refused(error.code, name, body(), xid);
      return 1;
    }
  }
  return 0;
}

/** commit: carries out what was checked by `send`; @returns the exit code */
export function sendBundle(connection: Connection, messages: readonly Message[], commit: () => void): number {
  const first = connection.takeXid(messages.length);
  for (const [i, { name, body, send }] of messages.entries()) {
    try {
      send();
    } catch (error) {
      if (!(error instanceof OfpError)) throw error;
      // open and close come before commit
      const last = connection.takeXid(3) + 2;
      const control = connection.version === ONF_BUNDLE_VERSION ? "ONFT_BUNDLE_CONTROL" : "OFPT_BUNDLE_CONTROL";
      const socket = `unix:/usr/local/var/run/openvswitch/${connection.bridge.name}.mgmt`;
      connection.err(
        `Error ${error.code} for: ${connection.heading(name, first + i)}${body()}\n` +
          `Error OFPBFC_MSG_FAILED for: ${connection.heading(control, last)}\n` +
          " bundle_id=0 type=COMMIT_REQUEST flags=atomic ordered\n" +
          `ovs-ofctl: talking to ${socket} (Protocol error)\n`,
      );
      return 1;
    }
  }
  commit();
  return 0;
}
