// pvp-mbuf - the C twin's mbufs and mempools.
// Follows: DPDK's mbuf and mempool cache in shape: a cache of 256 that refills from and flushes to a store.
// Invariants: I1 a pool belongs to one thread.
// Not modelled: chained, shared, indirect and external mbufs.
#ifndef PVP_MBUF_H
#define PVP_MBUF_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 4096, CACHE = 256, FLUSH = CACHE * 3 / 2, BATCH = 64 };
enum { HEADROOM = 128, DATA_ROOM = 2048 };
#define STAGE __attribute__((noinline)) static // a stage is a function of its own, called once a burst

struct pool;

struct mbuf {
  uint8_t *buffer; // headroom, then data room
  struct pool *pool;
  union { // written in one store
    uint64_t rearm;
    struct {
      uint16_t data_off, refcnt, nb_segs, port;
    };
  };
  union {
    uint64_t lengths;
    struct {
      uint32_t pkt_len, data_len;
    };
  };
  struct mbuf *next;
  uint64_t ol_flags;
} __attribute__((aligned(64)));

#define REARM (HEADROOM | 1ull << 16 | 1ull << 32 | 0xffffull << 48)
#define ALONE_MASK 0x0000ffffffff0000ull // refcnt and nb_segs
#define ALONE 0x0000000100010000ull      // both are 1

struct pool {
  uint32_t cached, stored;
  struct mbuf **store;
  struct mbuf *cache[FLUSH + BATCH];
};

struct mbuf_slot {
  struct mbuf header;
  uint8_t buffer[HEADROOM + DATA_ROOM];
};

static void mbuf_reset(struct mbuf *m, uint32_t length) {
  m->rearm = REARM;
  m->lengths = length * 0x100000001ull;
  m->next = NULL;
  m->ol_flags = 0;
}

static uint8_t *mbuf_data(struct mbuf *m) { return m->buffer + m->data_off; }

STAGE void pool_refill(struct pool *p, uint32_t n) {
  uint32_t want = CACHE + n - p->cached;
  if (want > p->stored)
    want = p->stored;
  p->stored -= want;
  memcpy(p->cache + p->cached, p->store + p->stored, want * sizeof *p->store);
  p->cached += want;
}

STAGE void pool_flush(struct pool *p) {
  uint32_t n = p->cached - CACHE;
  memcpy(p->store + p->stored, p->cache + CACHE, n * sizeof *p->store);
  p->stored += n;
  p->cached = CACHE;
}

static inline uint32_t pool_get(struct pool *p, struct mbuf **out, uint32_t n) {
  if (p->cached < n) {
    pool_refill(p, n);
    if (p->cached < n)
      return 0;
  }
  p->cached -= n;
  for (uint32_t i = 0; i < n; i++)
    out[i] = p->cache[p->cached + i];
  return n;
}

STAGE void mbuf_free_bulk(struct mbuf **pkts, uint32_t n) {
  if (n == 0)
    return;
  struct pool *p = pkts[0]->pool;
  struct mbuf **out = p->cache + p->cached;
  for (uint32_t i = 0; i < n; i++) {
    if ((pkts[i]->rearm & ALONE_MASK) != ALONE)
      abort(); // shared and chained mbufs do not occur here
    out[i] = pkts[i];
  }
  p->cached += n;
  if (p->cached >= FLUSH)
    pool_flush(p);
}

static void pool_init(struct pool *p, struct mbuf_slot *slots) {
  p->store = malloc(POOL * sizeof *p->store);
  for (p->stored = 0; p->stored < POOL; p->stored++) {
    struct mbuf *m = &slots[p->stored].header;
    m->buffer = slots[p->stored].buffer;
    m->pool = p;
    mbuf_reset(m, 0);
    p->store[p->stored] = m;
  }
}

#endif
