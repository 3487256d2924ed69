#!/usr/bin/env python3
"""Record what real dpdk-testpmd's engines do: one process, two net_pcap ports, port 0 reads a capture once.

    record.py [--only SUBSTRING]

Writes <mode>__<capture>/{p0_tx.pcap,p1_tx.pcap,stats.json} beside this script: what left, and the forward statistics of both ports at
`stop`; a capture without packets is not kept, of a generator's only its first packets. inputs.py makes the captures that are not in ../in.
Exit 0 all recorded, 1 a run failed, 77 dpdk-testpmd or stdbuf is not installed."""
import argparse
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
IN = os.path.join(HERE, '..', 'in')
ALL = ['mix', 'runts', 'jumbo', 'headers', 'tunnels']
KEPT = 96  # packets of a generator that are kept
# mode -> testpmd options, commands before `start`, seconds, captures
MODES = {
    '5tswap': ([], ['set fwd 5tswap'], .5, ALL),
    'csum': ([], ['set fwd csum'], .5, ALL),
    'csum_noswap': ([], ['set fwd csum', 'csum mac-swap off 1'], .5, ['mix']),
    'csum_tunnel': ([], ['set fwd csum', 'csum parse-tunnel on 1'], .5, ['mix', 'headers', 'tunnels', 'runts']),
    'csum_tunnel_burst1': (['--burst=1'], ['set fwd csum', 'csum parse-tunnel on 1'], .5, ['tunnels']),
    'csum_split': ([], ['set fwd csum', 'set txpkts 60,100,1000,2000', 'set txsplit on'], .5, ['mix', 'jumbo']),
    'icmpecho': ([], ['set fwd icmpecho'], .5, ['arpicmp', 'mix', 'runts', 'echo']),
    'noisy': (['--noisy-lkup-memory=1', '--noisy-lkup-num-reads=1'], ['set fwd noisy'], .5, ['mix']),
    'noisy_fifo': (['--noisy-tx-sw-buffer-size=64', '--noisy-tx-sw-buffer-flushtime=100'], ['set fwd noisy'], 1, ['mix']),
    'noisy_fifo_noflush': (['--noisy-tx-sw-buffer-size=64'], ['set fwd noisy'], 1, ['mix']),
    'noisy_fifo16': (['--noisy-tx-sw-buffer-size=16'], ['set fwd noisy'], 1, ['mix']),
    'noisy_fifo16_burst8': (['--noisy-tx-sw-buffer-size=16', '--burst=8'], ['set fwd noisy'], 1, ['mix']),
    'shared_rxq': (['--rxq-share'], ['set fwd shared_rxq'], .5, ['mix']),
    'flowgen': ([], ['set fwd flowgen'], .02, ['empty']),
    'flowgen_mix': ([], ['set fwd flowgen'], .02, ['mix']),
    'flowgen_flows': (['--flowgen-flows=7', '--txpkts=200'], ['set fwd flowgen'], .02, ['empty']),
    'flowgen_clones': (['--flowgen-clones=3', '--flowgen-flows=5', '--burst=8'], ['set fwd flowgen'], .02, ['empty']),
    'flowgen_clones_rest': (['--flowgen-clones=4', '--burst=7'], ['set fwd flowgen'], .02, ['empty']),
    'txonly': ([], ['set fwd txonly'], .02, ['empty']),
    'txonly_burst5': (['--burst=5'], ['set fwd txonly', 'set txpkts 42'], .02, ['empty']),
    'txonly_128': ([], ['set fwd txonly', 'set txpkts 64,64', 'set txsplit on'], .02, ['empty']),
    'txonly_short': ([], ['set fwd txonly', 'set txpkts 5,1,9,20,7,30', 'set txsplit on'], .02, ['empty']),
    'txonly_split_off': ([], ['set fwd txonly', 'set txpkts 100,50'], .02, ['empty']),
    'txonly_rand': ([], ['set fwd txonly', 'set txpkts 64,32,32', 'set txsplit rand'], .02, ['empty']),
    'txonly_multiflow': (['--txonly-multi-flow'], ['set fwd txonly'], .02, ['empty']),
    'txonly_multiflow_ip': (['--txonly-multi-flow', '--tx-ip=1.2.3.4,5.6.7.8', '--txpkts=100'], ['set fwd txonly'], .02, ['empty']),
    'txonly_ip': (['--tx-ip=1.2.3.4,5.6.7.8', '--tx-udp=1111,2222', '--txpkts=300'], ['set fwd txonly'], .02, ['empty']),
    'txonly_times': ([], ['set fwd txonly', 'set txtimes 1000,100'], .02, ['empty']),
    'macswap': ([], ['set fwd macswap'], .5, ['headers']),
}


class Testpmd:
    def __init__(self, folder, capture, options):
        argv = ['stdbuf', '-oL', 'dpdk-testpmd', '--lcores', '0@0,1@1', '--no-pci', '-m', '512', '--file-prefix=rec', '--no-huge',
                '--vdev', 'net_pcap0,rx_pcap=%s,tx_pcap=p0_tx.pcap' % capture, '--vdev', 'net_pcap1,tx_pcap=p1_tx.pcap',
                '--', '-i', '--no-mlockall', '--no-flush-rx', '--total-num-mbufs=4096'] + options
        self.text = ''
        self.process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                return
            self.text += part.decode('latin-1')

    def expect(self, pattern, start=0, timeout=20):
        end = time.time() + timeout
        while not re.search(pattern, self.text[start:], re.S):
            if time.time() > end or self.process.poll() is not None:
                raise RuntimeError('no %r in\n%s' % (pattern, self.text[-2000:]))
            time.sleep(.01)

    def command(self, line, seconds=.1):
        start = len(self.text)
        self.process.stdin.write((line + '\n').encode())
        self.process.stdin.flush()
        time.sleep(seconds)
        return start


def statistics(text):
    "forward statistics by port"
    found = {}
    for port, block in re.findall(r'Forward statistics for port (\d+)\s+-+\n(.*?)\n  -{20,}', text, re.S):
        found['p' + port] = {k: int(v) for k, v in re.findall(r'([A-Z][A-Za-z-]+): (\d+)', block)}
    return found


def keep(source, target, most):
    "copies a capture's first packets; none: no file"
    with open(source, 'rb') as f:
        b = f.read()
    at, n = 24, 0
    while at + 16 <= len(b) and n < most:
        at += 16 + struct.unpack_from('<I', b, at + 8)[0]
        n += 1
    if n:
        with open(target, 'wb') as f:
            f.write(b[:at])


def record(mode, capture):
    options, commands, seconds, _ = MODES[mode]
    out = os.path.join(HERE, '%s__%s' % (mode, capture))
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    with tempfile.TemporaryDirectory() as folder:
        t = Testpmd(folder, os.path.join(IN, capture + '.pcap'), options)
        t.expect(r'\nDone\n')
        for line in commands:
            t.command(line)
        t.command('start', seconds)
        start = t.command('stop', 0)
        t.expect(r'\nDone\.', start)
        stats = statistics(t.text[start:])
        t.command('quit', 0)
        t.process.wait(20)
        generates = capture == 'empty' or mode.startswith('flowgen')
        if not generates:
            with open(os.path.join(out, 'stats.json'), 'w') as f:
                json.dump(stats, f, indent=1, sort_keys=True)
                f.write('\n')
        for name in ('p0_tx.pcap', 'p1_tx.pcap'):
            keep(os.path.join(folder, name), os.path.join(out, name), KEPT if generates else 1 << 30)
    print('%-24s %-8s %s' % (mode, capture, {k: (v['RX-packets'], v['TX-packets'], v['TX-dropped']) for k, v in stats.items()}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--only', default='')
    only = parser.parse_args().only
    if not (shutil.which('dpdk-testpmd') and shutil.which('stdbuf')):
        return 77
    failed = 0
    for mode, (_, _, _, captures) in MODES.items():
        for capture in captures:
            if only in '%s__%s' % (mode, capture):
                try:
                    record(mode, capture)
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    print('%s %s: %s' % (mode, capture, error))
                    failed += 1
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
