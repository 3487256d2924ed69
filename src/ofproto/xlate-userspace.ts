// xlate-userspace - the datapath action that hands a packet to ovs-vswitchd, for a controller, and its text.
import type { XlateContext } from "./xlate-context.ts";

/** enum ofp_packet_in_reason, by number; the last is that no rule is there, which has no name. */
const REASONS = ["no_match", "action", "invalid_ttl", "action_set", "group", "packet_out", "explicit_miss", ""];

export interface ToController {
  readonly reason: string;
  readonly controllerId: number;
  readonly maxLen: number;
  readonly dontSend: boolean;
  readonly continuation: boolean;
  readonly recircId: number;
}

const USERSPACE_BYTES = 68;

export function putUserspace(ctx: XlateContext, to: ToController): void {
  const cookie = ctx.cookie === 0n ? "0" : `0x${ctx.cookie.toString(16)}`;
  const controller = [
    `reason=${REASONS.indexOf(to.reason)}`,
    `dont_send=${Number(to.dontSend)}`,
    `continuation=${Number(to.continuation)}`,
    `recirc_id=${to.recircId}`,
    `rule_cookie=${cookie}`,
    `controller_id=${to.controllerId}`,
    `max_len=${to.maxLen}`,
  ].join(",");
  ctx.emit(
    { type: "userspace", text: `userspace(pid=0,controller(${controller}))`, reason: to.reason },
    USERSPACE_BYTES,
  );
}
