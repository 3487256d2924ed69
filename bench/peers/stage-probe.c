// stage-probe - an EAL plugin that times each rx and tx call of a real testpmd, and what lies between them.
// Loaded by `dpdk-testpmd -d stage-probe.so`. SIGUSR1 puts the probes in front of the burst functions of all ports (once they
// are started), SIGUSR2 writes one line a cell to standard error and clears the cells:
//   probe KIND PORT N CALLS CYCLES     KIND rx | tx: the call itself, N packets moved
//                                      fwd: from the end of rx to the start of tx (the engine), N received
//                                      free: from the end of an rx of N to the next rx (rxonly)
//                                      gen: from the end of a tx to the next tx of N (txonly)
//                                      loop: any other way between two calls
// Follows: the public rte_eth_fp_ops table of DPDK 21.11 and later.
// Not modelled: more than one forwarding lcore, more than one queue; cells hold the two time stamps' own cost, which the
// reader takes off by what a net_null with no-rx=1 shows.
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PORTS 6
#define MAX_N 64
#define DISTURBED 300000 // cycles: a call this long was interrupted and is not counted

enum { RX, TX, FWD, FREE, GEN, LOOP, KINDS };
static const char *const kind_names[KINDS] = {"rx", "tx", "fwd", "free", "gen", "loop"};

struct cell {
  uint64_t calls, cycles;
};

static struct cell cells[KINDS][PORTS][MAX_N + 1];
static eth_rx_burst_t real_rx[PORTS];
static eth_tx_burst_t real_tx[PORTS];

// What the forwarding lcore did last: a call's kind (RX or TX), how many packets, when it ended.
static struct {
  int kind;
  uint16_t n;
  uint64_t end;
} last;

static inline void count(int kind, int port, uint16_t n, uint64_t cycles) {
  if (cycles > DISTURBED || n > MAX_N)
    return;
  struct cell *c = &cells[kind][port][n];
  c->calls++;
  c->cycles += cycles;
}

static inline uint16_t probe_rx(int port, void *queue, struct rte_mbuf **packets, uint16_t n) {
  uint64_t start = rte_rdtsc();
  int between = last.kind == RX && last.n > 0 ? FREE : LOOP;
  uint64_t gap = start - last.end;
  uint16_t between_n = last.n;
  uint64_t t0 = rte_rdtsc();
  uint16_t got = real_rx[port](queue, packets, n);
  uint64_t t1 = rte_rdtsc();
  count(RX, port, got, t1 - t0);
  count(between, port, between == FREE ? between_n : 0, gap);
  last.kind = RX;
  last.n = got;
  last.end = rte_rdtsc();
  return got;
}

static inline uint16_t probe_tx(int port, void *queue, struct rte_mbuf **packets, uint16_t n) {
  uint64_t start = rte_rdtsc();
  int between = last.kind == RX ? FWD : GEN;
  uint64_t gap = start - last.end;
  uint64_t t0 = rte_rdtsc();
  uint16_t sent = real_tx[port](queue, packets, n);
  uint64_t t1 = rte_rdtsc();
  count(TX, port, sent, t1 - t0);
  count(between, port, n, gap);
  last.kind = TX;
  last.n = n;
  last.end = rte_rdtsc();
  return sent;
}

// The burst functions are not told their port: one pair of functions a port.
#define PAIR(P)                                                                                     \
  static uint16_t rx_##P(void *q, struct rte_mbuf **p, uint16_t n) { return probe_rx(P, q, p, n); } \
  static uint16_t tx_##P(void *q, struct rte_mbuf **p, uint16_t n) { return probe_tx(P, q, p, n); }
PAIR(0)
PAIR(1)
PAIR(2)
PAIR(3)
PAIR(4)
PAIR(5)
static const eth_rx_burst_t probes_rx[PORTS] = {rx_0, rx_1, rx_2, rx_3, rx_4, rx_5};
static const eth_tx_burst_t probes_tx[PORTS] = {tx_0, tx_1, tx_2, tx_3, tx_4, tx_5};

static void attach(int signal_number) {
  (void)signal_number;
  for (int p = 0; p < PORTS && rte_eth_dev_is_valid_port(p); p++) {
    struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[p];
    if (ops->rx_pkt_burst == probes_rx[p])
      continue;
    real_rx[p] = ops->rx_pkt_burst;
    real_tx[p] = ops->tx_pkt_burst;
    ops->rx_pkt_burst = probes_rx[p];
    ops->tx_pkt_burst = probes_tx[p];
  }
  dprintf(2, "probe attached\n");
}

static void dump(int signal_number) {
  (void)signal_number;
  for (int k = 0; k < KINDS; k++)
    for (int p = 0; p < PORTS; p++)
      for (int n = 0; n <= MAX_N; n++)
        if (cells[k][p][n].calls)
          dprintf(2, "probe %s %d %d %lu %lu\n", kind_names[k], p, n, cells[k][p][n].calls, cells[k][p][n].cycles);
  memset(cells, 0, sizeof cells);
  dprintf(2, "probe end\n");
}

__attribute__((constructor)) static void load(void) {
  signal(SIGUSR1, attach);
  signal(SIGUSR2, dump);
}
