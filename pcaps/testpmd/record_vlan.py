#!/usr/bin/env python3
"""Record what `tx_vlan set 1 100` (net_vhost) and `tx_vlan set 0 100` (virtio-user) of real dpdk-testpmd do: two processes over vhost-user.

    record_vlan.py

vlan_<mode>__<capture>: the host reads the capture (net_pcap) and sends by net_vhost, which inserts tags; guest_rx.pcap is what the guest
received, stats.json the host's forward statistics. vlan_virtio_mac__tags: a guest sends by virtio-user; host_rx.pcap is what the host
received: virtio offers the insertion and does it in tx_prepare only, which mac does not call.
Exit 0 all recorded, 77 dpdk-testpmd or stdbuf is not installed."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

from record import HERE, IN, Testpmd, keep, statistics


class Peer(Testpmd):
    def __init__(self, folder, name, cores, ports):
        argv = ['stdbuf', '-oL', 'dpdk-testpmd', '--lcores', cores, '--no-pci', '-m', '256', '--file-prefix=' + name, '--no-huge']
        for port in ports:
            argv += ['--vdev', port]
        self.text = ''
        self.process = subprocess.Popen(argv + ['--', '-i', '--no-mlockall', '--no-flush-rx', '--total-num-mbufs=4096'],
                                        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self.read, daemon=True).start()
        self.expect(r'\nDone\n')

    def end(self):
        start = self.command('stop', 0)
        self.expect(r'\nDone\.', start)
        text = self.text[start:]
        self.command('quit', 0)
        self.process.wait(20)
        return text


def record(name, mode, capture, by_virtio):
    out = os.path.join(HERE, name)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    source = 'rx_pcap=%s,tx_pcap=/dev/null' % os.path.join(IN, capture + '.pcap')
    with tempfile.TemporaryDirectory() as folder:
        vhost, virtio = 'net_vhost0,iface=%s/s,queues=1' % folder, 'net_virtio_user0,path=%s/s,queues=1,mac=00:11:22:33:44:10' % folder
        host = Peer(folder, 'vlanA', '0@0,1@0', [vhost, 'net_pcap0,tx_pcap=rx.pcap'] if by_virtio else ['net_pcap0,' + source, vhost])
        guest = Peer(folder, 'vlanB', '0@1,1@1', [virtio, 'net_pcap0,' + source] if by_virtio else [virtio, 'net_pcap0,tx_pcap=rx.pcap'])
        sender, receiver, port = (guest, host, 0) if by_virtio else (host, guest, 1)
        receiver.command('set fwd io')
        receiver.command('start', .3)
        for line in ('set fwd ' + mode, 'port stop %d' % port, 'tx_vlan set %d 100' % port, 'port start %d' % port):
            sender.command(line, .3)
        sender.command('start', .6)
        stats = statistics(sender.end())
        receiver.end()
        with open(os.path.join(out, 'stats.json'), 'w') as f:
            json.dump(stats, f, indent=1, sort_keys=True)
            f.write('\n')
        keep(os.path.join(folder, 'rx.pcap'), os.path.join(out, 'host_rx.pcap' if by_virtio else 'guest_rx.pcap'), 1 << 30)
    print(name, {k: (v['RX-packets'], v['TX-packets'], v['TX-dropped']) for k, v in stats.items()}, flush=True)


def main():
    if not (shutil.which('dpdk-testpmd') and shutil.which('stdbuf')):
        return 77
    for mode in ('io', 'mac', 'macswap', 'csum', '5tswap', 'noisy'):
        record('vlan_%s__tags' % mode, mode, 'tags', False)
    record('vlan_mac__runts', 'mac', 'runts', False)
    record('vlan_virtio_mac__tags', 'mac', 'tags', True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
