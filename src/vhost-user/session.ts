// session - what both ends of one connection have agreed on so far, and what may be asked because of it.
// Invariant: S1 an agreed mask never holds a bit that was not offered.

import { PeerFault } from "./fault.ts";
import { hasBit, VHOST_USER_PROTOCOL_F_REPLY_ACK } from "./features.ts";
import { REQUESTS, type RequestName } from "./message.ts";

export class Session {
  /** virtio and vhost feature bits. */
  features = 0n;
  protocolFeatures = 0n;
  /** Device status; only with VHOST_USER_PROTOCOL_F_STATUS. */
  status = 0;

  hasProtocol(bit: number): boolean {
    return hasBit(this.protocolFeatures, bit);
  }

  /** NEED_REPLY means something. */
  get acknowledges(): boolean {
    return this.hasProtocol(VHOST_USER_PROTOCOL_F_REPLY_ACK);
  }

  /** @throws PeerFault when the request depends on a protocol feature that was not agreed on */
  allow(name: RequestName): void {
    const { needs } = REQUESTS[name];
    if (needs !== undefined && !this.hasProtocol(needs)) {
      throw new PeerFault(`${name}: found protocol feature ${needs} not negotiated, expected it before`);
    }
  }
}
