// usage - l3fwd-power's help text, as 22.11 prints it where it refuses an option.

/** program: its name as it was called */
export function l3fwdUsage(program: string): string {
  return `${program} [EAL options] -- -p PORTMASK -P  [--config (port,queue,lcore)[,(port,queue,lcore]]  [--high-perf-cores CORELIST  [--perf-config (port,queue,hi_perf,lcore_index)[,(port,queue,hi_perf,lcore_index]]  [--max-pkt-len PKTLEN]
  -p PORTMASK: hexadecimal bitmask of ports to configure
  -P: enable promiscuous mode
  -u: set min/max frequency for uncore to minimum value
  -U: set min/max frequency for uncore to maximum value
  -i (frequency index): set min/max frequency for uncore to specified frequency index
  --config (port,queue,lcore): rx queues configuration
  --high-perf-cores CORELIST: list of high performance cores
  --perf-config: similar as config, cores specified as indices for bins containing high or regular performance cores
  --no-numa: optional, disable numa awareness
  --max-pkt-len PKTLEN: maximum packet length in decimal (64-9600)
  --parse-ptype: parse packet type by software
  --legacy: use legacy interrupt-based scaling
  --empty-poll: enable empty poll detection follow (training_flag, high_threshold, med_threshold)
 --telemetry: enable telemetry mode, to update empty polls, full polls, and core busyness to telemetry
 --interrupt-only: enable interrupt-only mode
 --pmd-mgmt MODE: enable PMD power management mode. Currently supported modes: baseline, monitor, pause, scale
  --max-empty-polls MAX_EMPTY_POLLS: number of empty polls to wait before entering sleep state
  --pause-duration DURATION: set the duration, in microseconds, of the pause callback
  --scale-freq-min FREQ_MIN: set minimum frequency for scaling mode for all application lcores (FREQ_MIN must be in kHz, in increments of 100MHz)
  --scale-freq-max FREQ_MAX: set maximum frequency for scaling mode for all application lcores (FREQ_MAX must be in kHz, in increments of 100MHz)
`;
}
