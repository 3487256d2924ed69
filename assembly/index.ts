// index - the exports: the module's ABI, nothing else. Addresses are linear, times picoseconds; what each function wants is said
// where it is defined. Everything is reached from addresses that TypeScript planned; the module has no state of its own.
export { lcoreBytes, lcoreInit, lcoreSeed, lcoreSetClock, lcoreSetSleep, lcoreSlept, lcoreTakeTrace, lcoreTraceList, lcoreTraceLost, lcoreUsage } from "./memory/lcore-context";
export { publishDeferred } from "./memory/barrier";
export { mempoolAvailable, mempoolBytes, mempoolCacheCount, mempoolCommonCount, mempoolDataRoom, mempoolGet, mempoolInit, mempoolPut, mempoolPutBulk, mempoolUnlock } from "./mbuf/mempool";
export { mbufFree, mbufFreeBurst } from "./mbuf/free";
export { mbufChain, mbufFields, mbufNumber, mbufRead, mbufSetFlags, mbufSetPort, mbufSetTxOffload, mbufWrite } from "./mbuf/mbuf";
export { guestMemoryAdd, guestMemoryClear } from "./virtio/guest-memory";
export { splitRingAvailOffset, splitRingBytes, splitRingUsedOffset } from "./virtio/split-ring";
export { deviceQueueWantKicks, driverQueueWantCalls } from "./virtio/notification";
export { deviceQueueBind, interruptBytes, interruptCounts } from "./virtio/interrupt";
export {
  deviceQueueAttach, deviceQueueInit, deviceQueueOffloads, deviceQueuePosition, deviceQueueState, driverQueueBytes, driverQueueInit, driverQueueLimit,
  driverQueueOffloads, driverQueueState,
  ringAvailOffset, ringBytes, ringUsedOffset, txRegionBytes, virtqueueWindowBytes,
} from "./virtio/virtqueue-setup";
export { deviceQueueLog } from "./virtio/dirty-log";
export { guestAnnounce } from "./virtio/announcement";
export { deviceDequeue, deviceEnqueue, deviceReady } from "./virtio/device";
export { controlServe } from "./virtio/control-device";
export { controlAnswer, controlPost } from "./virtio/control-driver";
export { netControlInit, netControlMac, netControlReset, netControlSetStatus, netControlState, netControlVlan } from "./virtio/net-control";
export { rxFilterAccepts } from "./virtio/rx-filter";
export { driverHeld, driverRefill, driverRelease, driverRx, driverRxWaiting, driverTx, driverTxFree } from "./virtio/driver";
export { packedDequeueShort, packedDequeueTake, packedEnqueueShort, packedEnqueueTake } from "./virtio/packed-usual";
export { packedReadyUsual } from "./virtio/packed-device";
export { packedRxUsual } from "./virtio/packed-driver-rx";
export { packedReapUsual, packedTxUsual } from "./virtio/packed-driver-tx";
export { splitDeviceDequeue, splitDeviceEnqueue, splitDeviceReady } from "./virtio/split-device";
export { exchange, rxUsual, splitDriverRefill, splitDriverRx, splitDriverRxWaiting } from "./virtio/split-driver-rx";
export { packedVecFours, packedVecPost } from "./virtio/packed-driver-vec-rx";
export { packedVecTxFours } from "./virtio/packed-driver-vec-tx";
export { splitVecFours, splitVecPost } from "./virtio/split-driver-vec";
export { reapUsual, splitDriverTx, splitDriverTxFree, txUsual } from "./virtio/split-driver-tx";
export { dequeueCopy, dequeueShort, dequeueTake, enqueueCopy, enqueueShort, enqueueTake } from "./virtio/split-usual";
export { portQueueBecome, portQueueFilter, portQueueInit, portQueueSoftware } from "./port/queue";
export { portQueueInterrupt } from "./port/interrupt";
export { portQueueClasses } from "./port/classes";
export { egressAsRecords, egressClear, egressCount, egressInit, egressLost, egressUsed } from "./port/egress";
export { ingressSourceFeed, ingressSourceInit } from "./port/ingress";
export { nicRxAtEnd, nicRxCatchUp, nicRxGenerate, nicRxHolds, nicRxInit, nicRxOwn, nicRxRestart, nicTxInit, nicTxPortInit } from "./port/nic";
export { nullQueueInit } from "./port/null";
export { pacerBackwards, pacerInit, pacerLatest, pacerLongest, pacerRestart, pacerStamp } from "./port/pacer";
export { pcapQueueInit, pcapRxAtEnd } from "./port/pcap";
export { portRingBytes, portRingInit, ringUnplug } from "./port/ring";
export { portQueueTap } from "./port/tap";
export { portRxBurst, portRxWaiting, portTxBurst, portTxFree } from "./port/port";
export { vhostInsertTags } from "./port/vhost";
export { rssHash } from "./net/rss";
export { forwardConfigInit, forwardConfigSegments, forwardConfigSet, portConfigInit, portConfigSet } from "./testpmd/config";
export {
  streamBytes, streamConfigure, streamCounters, streamInit, streamQueued, streamReset, streamRxSpread, streamSetRetry, streamTxFirst, streamTxSpread,
} from "./testpmd/stream-setup";
export { lcoreDumpInit, lcoreDumpList, lcoreDumpLost, lcoreTakeDump } from "./testpmd/dump";
export { noisyEnd, noisyFifoBytes, noisyInit, noisyQueued } from "./testpmd/noisy";
export { datapathBytes, datapathInit, datapathMeter, datapathSet } from "./ovs/datapath";
export { dpclsLookup } from "./ovs/dpcls";
export { emcInsert, emcLookup } from "./ovs/emc";
export { extract, metadataSet } from "./ovs/extract";
export { keyExpand } from "./ovs/flow-key";
export { hash5Tuple, hashWords } from "./ovs/hash";
export { pmdFinish, pmdFlowOf, pmdLookup, pmdLookUpAgain, pmdUpcalled } from "./ovs/lookup-steps";
export { meterBand, meterBytes, meterInit, meterRead } from "./ovs/meter";
export { pmdBytes, pmdClassifier, pmdHousekeeping, pmdInit, pmdQuestion, pmdSet, pmdStats, pmdWords } from "./ovs/pmd";
export {
  megaflowNumber, pmdAddFlow, pmdDeleteFlow, pmdDescribeFlow, pmdFlowCount, pmdFlowStats, pmdFlushCaches, pmdModifyFlow,
} from "./ovs/pmd-flows";
export { simpleBurstLookup } from "./ovs/pmd-lookup";
export { pmdAnswer, pmdQueued } from "./ovs/pmd-poll";
export { pmdAddPort, pmdRemovePort } from "./ovs/pmd-ports";
export { policerSet } from "./ovs/policer";
export { ovsPortBytes, ovsPortInit, ovsPortPolicer, ovsPortSet, ovsPortTxq, rxqBytes, rxqCounters, rxqSet, txPortBytes, txPortCounters } from "./ovs/port";
export { subtableLookupAlike } from "./ovs/subtable";
export { streamSetOvs } from "./testpmd/ovs";
export { kernelNetdevBytes, kernelNetdevSet, streamSetOwn } from "./testpmd/kernel";
export { l3fwdBytes, l3fwdInit, l3fwdPort, l3fwdQueued } from "./testpmd/l3fwd";
export { vebAddPort, vebBytes, vebInit } from "./testpmd/veb";
export { lcoreAddStream, lcoreClearStreams, lcorePause, lcorePoll, lcoreRounds, lcoreRun, lcoreUpcall, lcoreWaitByInterrupts, lcoreWaits } from "./lcore/poll";
export { schedulerInit, schedulerNow, schedulerPolls, schedulerRun, schedulerSetHorizon, schedulerSettle } from "./lcore/scheduler";
