/* pacer - sends the frames of a classic pcap by port 0, GROUP of them every GAP_US microseconds, frame i on tx queue i % QUEUES, and writes what comes
 * back by any port to another pcap, whose seconds are the port and whose microseconds are the queue. Its last line says how many microseconds
 * passed between sending and coming back, frame by frame, where every frame came back by queue 0 of port 0.
 * pacer EAL_OPTIONS -- IN.pcap OUT.pcap GAP_US GROUP QUEUES
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#define FRAMES_MAX 100000
#define QUIET_MS 300

struct record { uint32_t seconds, micros, captured, length; };

static uint64_t sent_at[FRAMES_MAX], took[FRAMES_MAX];

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	if (used < 0 || argc - used < 6)
		return 2;
	argv += used;
	FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
	uint64_t gap = strtoull(argv[3], NULL, 10) * rte_get_tsc_hz() / 1000000, quiet = rte_get_tsc_hz() * QUIET_MS / 1000;
	unsigned int group = atoi(argv[4]), queues = atoi(argv[5]), ports = rte_eth_dev_count_avail(), sent = 0, back = 0;
	char head[24];
	if (!in || !out || fread(head, sizeof(head), 1, in) != 1)
		return 2;
	fwrite(head, sizeof(head), 1, out);
	struct rte_mempool *pool = rte_pktmbuf_pool_create("pool", 8191, 0, 0, 2176, 0);
	struct rte_eth_conf conf;
	memset(&conf, 0, sizeof(conf));
	for (unsigned int port = 0; port < ports; port++) {
		rte_eth_dev_configure(port, queues, queues, &conf);
		for (unsigned int q = 0; q < queues; q++) {
			rte_eth_rx_queue_setup(port, q, 256, 0, NULL, pool);
			rte_eth_tx_queue_setup(port, q, 256, 0, NULL);
		}
		if (rte_eth_dev_start(port))
			return 2;
	}
	for (unsigned int port = 0; port < ports; port++) {
		struct rte_eth_link link = { 0 };
		while (!link.link_status)
			rte_eth_link_get_nowait(port, &link);
	}
	rte_delay_us_sleep(2000000);
	uint64_t next = rte_rdtsc(), last = next;
	for (int more = 1; more || rte_rdtsc() - last < quiet;) {
		for (unsigned int g = 0; more && g < group && rte_rdtsc() >= next; g++) {
			struct record r;
			struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
			more = fread(&r, sizeof(r), 1, in) == 1 && sent < FRAMES_MAX;
			last = rte_rdtsc();
			if (!more)
				break;
			if (fread(rte_pktmbuf_append(m, r.captured), 1, r.captured, in) != r.captured)
				return 2;
			sent_at[sent] = last;
			while (rte_eth_tx_burst(0, sent % queues, &m, 1) != 1)
				;
			sent++;
			if (g == group - 1)
				next += gap;
		}
		for (unsigned int port = 0; port < ports; port++)
			for (unsigned int q = 0; q < queues; q++) {
				struct rte_mbuf *burst[32];
				unsigned int n = rte_eth_rx_burst(port, q, burst, 32);
				for (unsigned int i = 0; i < n; i++) {
					struct record r = { port, q, burst[i]->pkt_len, burst[i]->pkt_len };
					last = rte_rdtsc();
					took[back] = last - sent_at[back];
					back++;
					fwrite(&r, sizeof(r), 1, out);
					for (struct rte_mbuf *s = burst[i]; s; s = s->next)
						fwrite(rte_pktmbuf_mtod(s, void *), s->data_len, 1, out);
					rte_pktmbuf_free(burst[i]);
				}
			}
	}
	fclose(out);
	printf("sent %u back %u:", sent, back);
	for (unsigned int i = 0; i < back && back == sent; i++)
		printf(" %" PRIu64, took[i] * 1000000 / rte_get_tsc_hz());
	printf("\n");
	fflush(stdout);
	rte_delay_us_sleep(2000000);
	return 0;
}
