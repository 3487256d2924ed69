// verbs - how the list of verbs shows those whose words are DPDK's. What runs them is loaded only when they are asked for: it is most of the
// program, and a replay starts in half the time without it.
import { Command } from "commander";

/** The verb in the list of all; program.ts gives its words to `testpmd` unread. */
export function testpmdCommand(): Command {
  return new Command("testpmd")
    .description("The testpmd console: DPDK's arguments, commands and printed blocks.")
    .usage("[EAL options] -- [testpmd options]");
}

/** The verb in the list of all; program.ts gives its words to `compare` unread. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("Runs ours and the real program on the same work and compares what they do.")
    .usage("testpmd [options] [EAL options] -- [testpmd options]");
}
