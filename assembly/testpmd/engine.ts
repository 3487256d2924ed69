// engine - the registry of forwarding engines. A new engine is a file, an id in abi/engines and a case here.
// Not here: ieee1588, which Debian's build leaves out; with it, `start` fails on every port without a PTP clock, so on all of ours.
import {
  ENGINE_5TSWAP, ENGINE_CSUM, ENGINE_FLOWGEN, ENGINE_ICMPECHO, ENGINE_IO, ENGINE_KERNEL, ENGINE_L3FWD, ENGINE_MAC, ENGINE_MAC_RETRY, ENGINE_MACSWAP, ENGINE_NOISY,
  ENGINE_OVS, ENGINE_RXONLY, ENGINE_SHARED_RXQ, ENGINE_TXONLY, ENGINE_VEB,
} from "../abi/engines";
import { csumForward } from "./csum";
import { fiveTupleSwapForward } from "./five-tuple-swap";
import { flowgenForward } from "./flowgen";
import { icmpechoForward } from "./icmpecho";
import { ioForward } from "./io";
import { kernelForward } from "./kernel";
import { l3fwdForward } from "./l3fwd-loop";
import { macForward } from "./mac";
import { macRetryForward } from "./mac-retry";
import { macswapForward } from "./macswap";
import { noisyForward } from "./noisy";
import { ovsForward } from "./ovs";
import { rxonlyForward } from "./rxonly";
import { sharedRxqForward } from "./shared-rxq";
import { Stream } from "./stream";
import { txonlyForward } from "./txonly";
import { vebForward } from "./veb";

/** One call of the stream's engine, or one of tx_first's rounds. @returns packets received or generated */
export function engineForward(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream);
  if (s.txFirst) {
    s.txFirst--;
    return txonlyForward(lcore, stream);
  }
  switch (s.engine) {
    case ENGINE_IO: return ioForward(lcore, stream);
    case ENGINE_MAC: return macForward(lcore, stream);
    case ENGINE_MACSWAP: return macswapForward(lcore, stream);
    case ENGINE_RXONLY: return rxonlyForward(lcore, stream);
    case ENGINE_TXONLY: return txonlyForward(lcore, stream);
    case ENGINE_MAC_RETRY: return macRetryForward(lcore, stream);
    case ENGINE_FLOWGEN: return flowgenForward(lcore, stream);
    case ENGINE_CSUM: return csumForward(lcore, stream);
    case ENGINE_ICMPECHO: return icmpechoForward(lcore, stream);
    case ENGINE_NOISY: return noisyForward(lcore, stream);
    case ENGINE_5TSWAP: return fiveTupleSwapForward(lcore, stream);
    case ENGINE_SHARED_RXQ: return sharedRxqForward(lcore, stream);
    case ENGINE_OVS: return ovsForward(lcore, stream);
    case ENGINE_VEB: return vebForward(lcore, stream);
    case ENGINE_KERNEL: return kernelForward(lcore, stream);
    case ENGINE_L3FWD: return l3fwdForward(lcore, stream);
    default: return 0;
  }
}
