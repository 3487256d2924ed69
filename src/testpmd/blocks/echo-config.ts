// echo-config - what icmpecho's configuration of streams prints under `set verbose`: icmp_echo_config_setup of app/test-pmd 22.11.
import type { ForwardPlan } from "../streams.ts";

/** ports: how many forward */
export function echoConfig({ streams, shares }: ForwardPlan, ports: number): string {
  const head = `icmp_echo_config_setup fwd_cores=${shares.length} fwd_ports=${ports} fwd_streams=${streams.length}\n`;
  const cores = shares.map(({ first, count }, core) => {
    const lines = streams.slice(first, first + count).map(({ rxPort, rxQueue, txQueue }, i) => {
      return `  stream=${i} port=${rxPort} rxq=${rxQueue} txq=${txQueue}\n`;
    });
    return `  core=${core}: \n${lines.join("")}`;
  });
  return head + cores.join("");
}
