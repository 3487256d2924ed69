// power - what DPDK's power library says on a machine without frequency scaling: the lab's, and those that l3fwd-power was recorded on.
import { EINVAL, ENOTSUP } from "../dpdk/devices/errno.ts";
import { type EalLog, LOG_ERR, LOG_INFO } from "../dpdk/eal/eal-log.ts";
import { type Io, rteExit } from "../dpdk/io.ts";
import type { Options } from "./options.ts";

const CHANNEL = "/dev/virtio-ports/virtio.serial.port.poweragent.0";
const U32_MAX = 0xffff_ffff;

/** autodetect_mode */
export function autodetectMode(log: EalLog): "interrupt-only" {
  const say = (text: string): void => log.log("user1", LOG_INFO, `L3FWD_POWER: ${text}\n`);
  say("Operating mode not specified, probing frequency scaling support...");
  say("Frequency scaling not supported, selecting interrupt-only mode");
  return "interrupt-only";
}

/** init_power_library, which fails at its first lcore. */
export function refusePowerLibrary(io: Io, log: EalLog, lcore: number): never {
  const say = (level: number, text: string): void => log.log("lib.power", level, `${text}\n`);
  say(LOG_INFO, "POWER: Env isn't set yet!");
  for (const [name, governor] of [
    ["ACPI cpufreq", "userspace"],
    ["PSTAT", "performance"],
    ["CPPC", "userspace"],
  ]) {
    say(LOG_INFO, `POWER: Attempting to initialise ${name} power management...`);
    // its format has no argument
    say(LOG_ERR, "POWER: failed to open /sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor");
    say(LOG_ERR, `POWER: Cannot set governor of lcore ${lcore} to ${governor}`);
  }
  say(LOG_INFO, "POWER: Attempting to initialise VM power management...");
  say(LOG_INFO, `GUEST_CHANNEL: Opening channel '${CHANNEL}' for lcore ${lcore}`);
  say(LOG_ERR, `GUEST_CHANNEL: Unable to to connect to '${CHANNEL}' with error No such file or directory`);
  say(LOG_ERR, `POWER: Unable to set Power Management Environment for lcore ${lcore}`);
  say(LOG_ERR, `POWER: Library initialization failed on core ${lcore}`);
  return rteExit(io, "init_power_library failed\n");
}

/** --pmd-mgmt's part of an rx queue's set-up: monitor wants a processor's instruction, scale the frequencies. */
export function managePmd(options: Options, io: Io, log: EalLog, lcore: number, port: number): void {
  const { pmdMgmt, pauseDuration, scaleFreqMin, scaleFreqMax } = options;
  if (options.mode !== "pmd mgmt" || pmdMgmt === "baseline") return;
  const say = (text: string): void => log.log("lib.power", LOG_ERR, `POWER: ${text}\n`);
  if (pauseDuration === 0) {
    say("Pause duration must be greater than 0, value unchanged");
    rteExit(io, `Error setting pause_duration: err=${-EINVAL}, lcore=${lcore}\n`);
  }
  if (scaleFreqMin > (scaleFreqMax || U32_MAX)) {
    say("Invalid max frequency: Cannot be less than min frequency");
    rteExit(io, `Error setting scaling freq max: err=${-EINVAL}, lcore ${lcore}\n`);
  }
  if (pmdMgmt !== "pause") rteExit(io, `rte_power_ethdev_pmgmt_queue_enable: err=${-ENOTSUP}, port=${port}\n`);
}
