// pvp-virtqueue - the C twin's split virtqueue: the host's side and the guest's, in the order a packet meets them.
// Follows: virtio 1.2, 2.7 "Split Virtqueues".
// Invariants: I1 an index is published once a burst, with release, and read with acquire.
// Not modelled: chains, indirect descriptors, offloads, event index, several memory regions.
#ifndef PVP_VIRTQUEUE_H
#define PVP_VIRTQUEUE_H
#include "pvp-mbuf.h"

enum { RING = 256, NET_HDR = 12, ETH_HDR = 14 };
enum { DESC_F_NEXT = 1, DESC_F_WRITE = 2, NO_NOTIFY = 1 };
#define GUEST_BASE 0x100000000ull // where the guest believes its memory to begin

struct vring_desc {
  uint64_t addr;
  union { // read and written as one word
    uint64_t rest;
    struct {
      uint32_t len;
      uint16_t flags, next;
    };
  };
};
struct vring_avail {
  volatile uint16_t flags;
  uint16_t idx, ring[RING];
};
struct vring_used_elem {
  uint32_t id, len;
};
struct vring_used {
  volatile uint16_t flags;
  uint16_t idx;
  struct vring_used_elem ring[RING];
};
struct vring {
  struct vring_desc desc[RING];
  struct vring_avail avail;
  struct vring_used used __attribute__((aligned(64)));
} __attribute__((aligned(4096)));

struct device { // the host's side
  struct vring *ring;
  uint32_t last_avail, last_used;
  uint8_t *memory; // guest memory as the host sees it
  uint64_t memory_bytes;
  struct pool *pool;
  uint64_t packets, bytes, calls;
};

struct driver { // the guest's side
  struct vring *ring;
  uint32_t avail_idx, used_cons, free_head, free_count;
  uint8_t *memory;
  struct pool *pool;
  struct mbuf *shadow[RING]; // by descriptor head
  uint64_t packets, bytes, kicks;
};

static uint16_t index_read(uint16_t *index) { return __atomic_load_n(index, __ATOMIC_ACQUIRE); }
static void index_publish(uint16_t *index, uint32_t value) { __atomic_store_n(index, (uint16_t)value, __ATOMIC_RELEASE); }

__attribute__((noinline)) static void copy_long(uint8_t *to, const uint8_t *from, uint32_t n) {
  if (n >= 1024) {
    memcpy(to, from, n);
    return;
  }
  uint32_t tail = n - 64; // the last block overlaps the one before
  for (uint32_t i = 0; i < tail; i += 64)
    __builtin_memcpy(to + i, from + i, 64);
  __builtin_memcpy(to + tail, from + tail, 64);
}

// Buffers are large enough that a short frame may be copied as a whole 64 bytes.
static inline void copy_frame(uint8_t *to, const uint8_t *from, uint32_t n) {
  if (n <= 64)
    __builtin_memcpy(to, from, 64);
  else
    copy_long(to, from, n);
}

static void queue_init(struct device *v, struct driver *q, struct vring *ring, uint8_t *memory, uint64_t memory_bytes) {
  *v = (struct device){.ring = ring, .memory = memory, .memory_bytes = memory_bytes};
  *q = (struct driver){.ring = ring, .memory = memory, .free_count = RING};
  for (uint32_t i = 0; i < RING; i++)
    ring->desc[i].next = (uint16_t)((i + 1) % RING);
  ring->avail.flags = ring->used.flags = NO_NOTIFY;
}

STAGE uint32_t vhost_enqueue(struct device *v, struct mbuf **pkts, uint32_t n) {
  struct vring *r = v->ring;
  uint32_t last_avail = v->last_avail, last_used = v->last_used, i = 0, bytes = 0;
  uint32_t ready = (uint16_t)(index_read(&r->avail.idx) - last_avail);
  uint8_t *memory = v->memory;
  uint64_t limit = v->memory_bytes;
  if (n > ready)
    n = ready;
  for (; i < n; i++) {
    uint32_t head = r->avail.ring[(last_avail + i) % RING], length = pkts[i]->pkt_len;
    if (head >= RING)
      break;
    uint64_t at = r->desc[head].addr - GUEST_BASE, rest = r->desc[head].rest;
    if (at > limit || (rest >> 32 & (DESC_F_NEXT | DESC_F_WRITE)) != DESC_F_WRITE || length + NET_HDR > (uint32_t)rest)
      break;
    uint8_t *to = memory + at;
    *(uint64_t *)to = 0;
    *(uint32_t *)(to + 8) = 1u << 16; // num_buffers = 1
    copy_frame(to + NET_HDR, mbuf_data(pkts[i]), length);
    r->used.ring[(last_used + i) % RING] = (struct vring_used_elem){head, length + NET_HDR};
    bytes += length;
  }
  if (i == 0)
    return 0;
  v->last_avail = last_avail + i;
  v->last_used = last_used + i;
  v->packets += i;
  v->bytes += bytes;
  index_publish(&r->used.idx, last_used + i);
  if (!(r->avail.flags & NO_NOTIFY))
    v->calls++;
  return i;
}

STAGE void virtio_rx_refill(struct driver *q) {
  struct vring *r = q->ring;
  uint32_t head = q->free_head, avail_idx = q->avail_idx, left = q->free_count;
  struct mbuf *fresh[BATCH];
  while (left) {
    uint32_t n = left < BATCH ? left : BATCH;
    if (!pool_get(q->pool, fresh, n))
      break;
    for (uint32_t i = 0; i < n; i++) {
      struct vring_desc *d = &r->desc[head];
      uint64_t next = d->next;
      mbuf_reset(fresh[i], 0);
      q->shadow[head] = fresh[i];
      d->addr = GUEST_BASE + (uint64_t)(fresh[i]->buffer + HEADROOM - NET_HDR - q->memory);
      d->rest = (DATA_ROOM + NET_HDR) | (uint64_t)DESC_F_WRITE << 32 | next << 48;
      r->avail.ring[avail_idx++ % RING] = (uint16_t)head;
      head = (uint32_t)next;
    }
    left -= n;
  }
  q->free_count = left;
  q->free_head = head;
  q->avail_idx = avail_idx;
  index_publish(&r->avail.idx, avail_idx);
}

STAGE uint32_t virtio_rx(struct driver *q, struct mbuf **pkts, uint32_t n) {
  struct vring *r = q->ring;
  uint32_t used_cons = q->used_cons, head = q->free_head, bytes = 0;
  uint32_t ready = (uint16_t)(index_read(&r->used.idx) - used_cons);
  if (n > ready)
    n = ready;
  if (n == 0)
    return 0;
  for (uint32_t i = 0; i < n; i++) {
    struct vring_used_elem *u = &r->used.ring[(used_cons + i) % RING];
    uint32_t id = u->id, length = u->len - NET_HDR;
    struct mbuf *m = q->shadow[id];
    q->shadow[id] = NULL;
    r->desc[id].next = (uint16_t)head;
    head = id;
    m->lengths = length * 0x100000001ull;
    m->port = 1;
    uint8_t gso_type = m->buffer[HEADROOM - NET_HDR + 1];
    if (gso_type)
      m->ol_flags = gso_type;
    pkts[i] = m;
    bytes += length;
  }
  q->used_cons = used_cons + n;
  q->free_head = head;
  q->free_count += n;
  q->packets += n;
  q->bytes += bytes;
  virtio_rx_refill(q);
  if (!(r->used.flags & NO_NOTIFY))
    q->kicks++;
  return n;
}

STAGE void virtio_tx_cleanup(struct driver *q) {
  struct vring *r = q->ring;
  uint32_t used_cons = q->used_cons, head = q->free_head;
  uint32_t left = (uint16_t)(index_read(&r->used.idx) - used_cons), total = left;
  struct mbuf *done[BATCH];
  while (left) {
    uint32_t n = left < BATCH ? left : BATCH;
    for (uint32_t i = 0; i < n; i++) {
      uint32_t id = r->used.ring[(used_cons + i) % RING].id;
      done[i] = q->shadow[id];
      q->shadow[id] = NULL;
      r->desc[id].next = (uint16_t)head;
      head = id;
    }
    mbuf_free_bulk(done, n);
    used_cons += n;
    left -= n;
  }
  q->used_cons = used_cons;
  q->free_head = head;
  q->free_count += total;
}

STAGE uint32_t virtio_tx(struct driver *q, struct mbuf **pkts, uint32_t n) {
  virtio_tx_cleanup(q);
  struct vring *r = q->ring;
  uint32_t head = q->free_head, avail_idx = q->avail_idx, bytes = 0;
  if (n > q->free_count)
    n = q->free_count;
  for (uint32_t i = 0; i < n; i++) {
    struct mbuf *m = pkts[i];
    uint64_t rearm = m->rearm;
    uint32_t length = m->pkt_len, data_off = (uint16_t)rearm;
    if (data_off < NET_HDR || (rearm & ALONE_MASK) != ALONE)
      abort(); // the slow path does not occur here
    uint8_t *header = m->buffer + data_off - NET_HDR;
    *(uint64_t *)header = 0;
    *(uint32_t *)(header + 8) = 0;
    struct vring_desc *d = &r->desc[head];
    uint64_t next = d->next;
    q->shadow[head] = m;
    d->addr = GUEST_BASE + (uint64_t)(header - q->memory);
    d->rest = (length + NET_HDR) | next << 48;
    r->avail.ring[avail_idx++ % RING] = (uint16_t)head;
    head = (uint32_t)next;
    bytes += length;
  }
  q->free_count -= n;
  q->free_head = head;
  q->avail_idx = avail_idx;
  q->packets += n;
  q->bytes += bytes;
  index_publish(&r->avail.idx, avail_idx);
  if (!(r->used.flags & NO_NOTIFY))
    q->kicks++;
  return n;
}

STAGE uint32_t vhost_dequeue(struct device *v, struct mbuf **pkts, uint32_t n) {
  struct vring *r = v->ring;
  uint32_t last_avail = v->last_avail, last_used = v->last_used, i = 0, bytes = 0;
  uint32_t ready = (uint16_t)(index_read(&r->avail.idx) - last_avail);
  uint8_t *memory = v->memory;
  uint64_t limit = v->memory_bytes;
  if (n > ready)
    n = ready;
  if (n == 0 || !pool_get(v->pool, pkts, n))
    return 0;
  for (; i < n; i++) {
    uint32_t head = r->avail.ring[(last_avail + i) % RING];
    if (head >= RING)
      abort(); // a hostile guest does not occur here
    uint64_t at = r->desc[head].addr - GUEST_BASE, rest = r->desc[head].rest;
    uint32_t length = (uint32_t)rest - NET_HDR;
    if (at > limit || (rest >> 32 & (DESC_F_NEXT | DESC_F_WRITE)) != 0 || length - ETH_HDR > DATA_ROOM - ETH_HDR)
      abort();
    uint8_t *from = memory + at;
    mbuf_reset(pkts[i], length);
    if (from[0])
      pkts[i]->ol_flags = from[0];
    copy_frame(pkts[i]->buffer + HEADROOM, from + NET_HDR, length);
    r->used.ring[(last_used + i) % RING] = (struct vring_used_elem){head, 0};
    bytes += length;
  }
  v->last_avail = last_avail + i;
  v->last_used = last_used + i;
  v->packets += i;
  v->bytes += bytes;
  index_publish(&r->used.idx, last_used + i);
  if (!(r->avail.flags & NO_NOTIFY))
    v->calls++;
  return i;
}

#endif
