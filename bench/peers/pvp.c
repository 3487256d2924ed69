// pvp - the C twin of the engine's PVP loop: what the same algorithm reaches when a C compiler makes it.
//   source -> vhost enqueue -> virtio rx -> mac -> virtio tx -> vhost dequeue -> sink
// usage: pvp LENGTH SECONDS [THREADS]   prints millions of packets a second through the whole loop.
//   THREADS 1: all stages in turn on one thread, on core 0.
//   THREADS 2: host (source, enqueue, dequeue, sink) on core 0, guest (rx, mac, tx) on core 1.
// Follows: virtio 1.2, 2.7 "Split Virtqueues"; DPDK's mbuf and mempool cache in shape. Burst 32, ring 256, two pools of
// 4096 mbufs with a cache of 256. One buffer a packet, 12-byte net header, no kicks.
// Invariants: I1 an index is published once a burst, with release, and read with acquire. I2 a pool belongs to one thread.
// Before the measurement one loop of 64 bursts is compared byte for byte; exit 1 when a byte differs.
// Not modelled: chains, indirect descriptors, offloads, event index, several memory regions.
#define _GNU_SOURCE
#include "pvp-virtqueue.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

enum { BURST = 32, SOURCE_BYTES = 48 };
#define ARENA_BYTES (64u << 20)
#define BUFFER_LIMIT (ARENA_BYTES - 65536)

static uint8_t frame_head[64] = {[12] = 0x08, [14] = 0x45};

STAGE uint32_t source_rx(struct pool *pool, struct mbuf **pkts, uint32_t n, uint32_t length) {
  if (!pool_get(pool, pkts, n))
    return 0;
  for (uint32_t i = 0; i < n; i++) {
    mbuf_reset(pkts[i], length);
    uint8_t *data = pkts[i]->buffer + HEADROOM;
    __builtin_memcpy(data, frame_head, SOURCE_BYTES);
    data[34] = (uint8_t)i;
  }
  return n;
}

STAGE void mac_forward(struct mbuf **pkts, uint32_t n, uint64_t dst, uint64_t src) {
  for (uint32_t i = 0; i < n; i++) {
    uint8_t *data = mbuf_data(pkts[i]);
    *(uint64_t *)data = dst | src << 48;
    *(uint32_t *)(data + 8) = (uint32_t)(src >> 16);
    pkts[i]->ol_flags &= 0x60;
  }
}

#define PEER_MAC 0x000000000002ull // 02:00:00:00:00:00, least significant byte first
#define PORT_MAC 0x010000000002ull // 02:00:00:00:00:01
static const uint8_t forwarded_macs[12] = {2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1};

static struct pool host_pool, guest_pool;
static struct device host_tx, host_rx; // into the guest, out of it
static struct driver guest_rx, guest_tx;

static uint32_t guest_turn(void) {
  struct mbuf *pkts[BURST];
  uint32_t n = virtio_rx(&guest_rx, pkts, BURST);
  if (n == 0)
    return 0;
  mac_forward(pkts, n, PEER_MAC, PORT_MAC);
  uint32_t sent = virtio_tx(&guest_tx, pkts, n);
  mbuf_free_bulk(pkts + sent, n - sent);
  return sent;
}

static uint32_t one_loop(uint32_t length) {
  struct mbuf *in[BURST], *out[BURST];
  uint32_t n = source_rx(&host_pool, in, BURST, length);
  vhost_enqueue(&host_tx, in, n);
  mbuf_free_bulk(in, n);
  guest_turn();
  n = vhost_dequeue(&host_rx, out, BURST);
  mbuf_free_bulk(out, n);
  return n;
}

// 64 bursts of random payload: what comes out is what went in, with the two addresses of mac forwarding.
static int bytes_are_right(uint32_t length) {
  static uint8_t expected[BURST][DATA_ROOM];
  struct mbuf *in[BURST], *out[BURST];
  uint32_t seed = 1;
  for (int burst = 0; burst < 64; burst++) {
    source_rx(&host_pool, in, BURST, length);
    for (uint32_t i = 0; i < BURST; i++) {
      for (uint32_t k = SOURCE_BYTES; k < length; k++)
        mbuf_data(in[i])[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
      memcpy(expected[i], mbuf_data(in[i]), length);
      memcpy(expected[i], forwarded_macs, sizeof forwarded_macs);
    }
    if (vhost_enqueue(&host_tx, in, BURST) != BURST || guest_turn() != BURST)
      return 0;
    if (vhost_dequeue(&host_rx, out, BURST) != BURST)
      return 0;
    for (uint32_t i = 0; i < BURST; i++)
      if (out[i]->pkt_len != length || memcmp(mbuf_data(out[i]), expected[i], length) != 0)
        return 0;
    mbuf_free_bulk(in, BURST);
    mbuf_free_bulk(out, BURST);
  }
  return 1;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set); // unpinned where that core does not exist
}

static int guest_stop;

static void *guest_thread(void *arg) {
  (void)arg;
  pin(1);
  while (!__atomic_load_n(&guest_stop, __ATOMIC_RELAXED))
    guest_turn();
  return NULL;
}

// The host of two threads keeps a burst until the ring has taken all of it: nothing is lost, and nothing made in vain.
static uint64_t host_turns(uint32_t length, int turns) {
  static struct mbuf *in[BURST];
  static uint32_t made, sent;
  struct mbuf *out[BURST];
  uint64_t total = 0;
  for (int k = 0; k < turns; k++) {
    if (sent == made) {
      mbuf_free_bulk(in, made);
      made = source_rx(&host_pool, in, BURST, length);
      sent = 0;
    }
    sent += vhost_enqueue(&host_tx, in + sent, made - sent);
    uint32_t n = vhost_dequeue(&host_rx, out, BURST);
    mbuf_free_bulk(out, n);
    total += n;
  }
  return total;
}

static uint64_t loops(uint32_t length, int turns) {
  uint64_t total = 0;
  for (int k = 0; k < turns; k++)
    total += one_loop(length);
  return total;
}

int main(int argc, char **argv) {
  uint32_t length = argc > 2 ? (uint32_t)atoi(argv[1]) : 0;
  double seconds = argc > 2 ? atof(argv[2]) : 0;
  int threads = argc > 3 ? atoi(argv[3]) : 1;
  if (length < 60 || length > 1984 || seconds <= 0 || threads < 1 || threads > 2) {
    fprintf(stderr, "usage: pvp LENGTH SECONDS [THREADS], length 60 to 1984, threads 1 or 2\n");
    return 2;
  }
  pin(0);
  uint8_t *memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 1;
  struct vring *rings = (struct vring *)memory;
  struct mbuf_slot *slots = (struct mbuf_slot *)(memory + (1 << 20));
  pool_init(&host_pool, slots);
  pool_init(&guest_pool, slots + POOL);
  queue_init(&host_tx, &guest_rx, &rings[0], memory, BUFFER_LIMIT);
  queue_init(&host_rx, &guest_tx, &rings[1], memory, BUFFER_LIMIT);
  host_tx.pool = host_rx.pool = &host_pool;
  guest_rx.pool = guest_tx.pool = &guest_pool;
  virtio_rx_refill(&guest_rx);
  if (!bytes_are_right(length)) {
    fprintf(stderr, "pvp: the loop changed a packet\n");
    return 1;
  }
  pthread_t guest;
  if (threads == 2)
    pthread_create(&guest, NULL, guest_thread, NULL);
  uint64_t (*turn)(uint32_t, int) = threads == 2 ? host_turns : loops;
  for (double t0 = now(); now() - t0 < 0.3;) // warm up
    turn(length, 2000);
  uint64_t total = 0;
  double t0 = now(), t1;
  do {
    total += turn(length, 2000);
    t1 = now();
  } while (t1 - t0 < seconds);
  guest_stop = 1;
  if (threads == 2)
    pthread_join(guest, NULL);
  printf("%.3f\n", (double)total / (t1 - t0) / 1e6);
  return 0;
}
