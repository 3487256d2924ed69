// engine - the registry of forwarding engines. A new engine is a file, an id in abi/engines and a case here.
import { ENGINE_IO, ENGINE_MAC, ENGINE_MAC_RETRY, ENGINE_MACSWAP, ENGINE_RXONLY, ENGINE_TXONLY } from "../abi/engines";
import { ioForward } from "./io";
import { macForward } from "./mac";
import { macRetryForward } from "./mac-retry";
import { macswapForward } from "./macswap";
import { rxonlyForward } from "./rxonly";
import { Stream } from "./stream";
import { txonlyForward } from "./txonly";

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
    default: return 0;
  }
}
