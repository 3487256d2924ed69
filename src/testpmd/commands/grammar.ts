// grammar - every command of testpmd 22.11 as Debian builds it, in its order: Tab lists them so.
import type { Command } from "../console/command.ts";
import { bondingCommands } from "./bonding.ts";
import { load, quit, setDefault, startCommands, stop } from "./control.ts";
import { csumCommands, tsoCommands } from "./csum.ts";
import { bpfCommands, metadataCommands, setFecMode, setLog, showFecCapabilities, showFecMode } from "./device.ts";
import { dumpCommands } from "./dump.ts";
import { encapsulationCommands } from "./encapsulation.ts";
import { dynamicFlag, flexCommands, flowCommands, rawCommands, showRawCommands } from "./flow.ts";
import { flowControlCommands } from "./flow-control.ts";
import {
  forwardListCommands,
  forwardModeCommands,
  receiveModeCommands,
  recordCommands,
  setNumbers,
  setPeer,
  setQueueMap,
} from "./forwarding.ts";
import { groGsoCommands } from "./gro-gso.ts";
import { helpCommands } from "./help.ts";
import { i40eCommands } from "./i40e.ts";
import { ixgbeCommands } from "./ixgbe.ts";
import { hashFilterCommands, macAddress, multicastAddress, showMacs } from "./macs.ts";
import { meterCommands } from "./meter.ts";
import { mlx5Commands } from "./mlx5.ts";
import { packetCommands } from "./packets.ts";
import { configDcb, lengthCommands, speedCommands, thresholdCommands, tunnelPortCommand } from "./port-config.ts";
import { offloadCommands } from "./port-offload.ts";
import { portCommands } from "./ports.ts";
import {
  availableThreshold,
  cleanupTxQueue,
  descriptorCommands,
  queueCommands,
  rateLimit,
  readDescriptor,
  vxlanPort,
} from "./queues.ts";
import { configRss, hashCommands, retaCommands } from "./rss.ts";
import {
  linkCommands,
  packetTypeCommands,
  showConfig,
  showDevice,
  showEeprom,
  showForward,
  showPort,
  showPortAll,
  showQueue,
  showRepresentor,
  showTransferProxy,
} from "./show.ts";
import { trafficManagementCommands } from "./traffic-management.ts";
import { vfCommands, vfStatisticsCommands } from "./virtual-functions.ts";
import { vlanCommands } from "./vlan.ts";

export const grammar: readonly Command[] = [
  ...helpCommands,
  quit,
  load,
  showPort,
  showQueue,
  showEeprom,
  showPortAll,
  showRepresentor,
  showDevice,
  showConfig,
  showForward,
  ...startCommands,
  ...linkCommands,
  setDefault,
  setNumbers,
  setLog,
  ...packetCommands,
  ...forwardListCommands,
  ...forwardModeCommands,
  ...receiveModeCommands,
  ...vlanCommands,
  ...csumCommands,
  ...tsoCommands,
  ...groGsoCommands,
  ...flowControlCommands,
  configDcb,
  readDescriptor,
  stop,
  macAddress,
  setPeer,
  setQueueMap,
  ...recordCommands,
  ...portCommands,
  ...speedCommands,
  ...lengthCommands,
  configRss,
  ...queueCommands,
  ...retaCommands,
  showMacs,
  showTransferProxy,
  ...thresholdCommands,
  ...hashFilterCommands,
  rateLimit,
  vxlanPort,
  ...hashCommands,
  cleanupTxQueue,
  ...dumpCommands,
  ...flowCommands,
  ...meterCommands,
  multicastAddress,
  ...vfCommands,
  ...encapsulationCommands,
  ...vfStatisticsCommands,
  ...packetTypeCommands,
  ...trafficManagementCommands,
  tunnelPortCommand,
  ...offloadCommands,
  ...bpfCommands,
  ...metadataCommands,
  ...descriptorCommands,
  ...rawCommands,
  ...showRawCommands,
  dynamicFlag,
  showFecMode,
  setFecMode,
  availableThreshold,
  showFecCapabilities,
  ...flexCommands,
  ...bondingCommands,
  ...i40eCommands,
  ...ixgbeCommands,
  ...mlx5Commands,
];
