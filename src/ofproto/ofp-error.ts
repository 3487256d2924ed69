// ofp-error - a refusal of an OpenFlow request by the name OVS has for it: OFPFMFC_OVERLAP, OFPBAC_BAD_OUT_GROUP, ...
import { UsageError } from "../errors.ts";

export class OfpError extends UsageError {
  readonly code: string;

  /** code: with its prefix, as ovs-ofctl prints it */
  constructor(code: string) {
    super(`OpenFlow request: found ${code}`);
    this.code = code;
  }
}
