#!/usr/bin/env python3
"""Record what real dpdk-testpmd does to captures in PVP and in a one-port guest (vhost-user, two processes).

    record.py OUT [--in DIR] [--only SUBSTRING] [--tries N]

Writes OUT/<mode>__<capture>[__nomrg]/{p1_tx.pcap,p0_tx.pcap,stats.json}; a capture without packets is not kept. Captures
are taken from --in (default ../in beside this script); jumbo9000 and big64k are made there when they are missing.

Follows: DPDK 22.11 testpmd user guide, net_pcap, net_vhost and virtio-user guides.
Valid: no forwarding drop that is not by design, and as many packets out as `expected` says; else the run is repeated.
Exit 0 all recorded, 1 a run stayed invalid, 2 usage, 77 dpdk-testpmd (or stdbuf) is not installed.
Not done here: more than one queue, packed rings, rates.
"""
import argparse, json, os, re, shutil, struct, subprocess, sys, tempfile, threading, time

HEADER = 24          # classic pcap file header, in bytes
BURST = 32           # testpmd's default burst
BUFFER = 2048        # data room of testpmd's default mbuf (2176) less the headroom (128): a guest rx buffer without mergeable
SMALL = 14           # an Ethernet header: virtio's rx drops what is shorter

SMALLER = ['mix', 'jumbo', 'runts', 'sizes', 'tags', 'l4', 'frag', 'mcast', 'arpicmp', 'bad', 'jumbo9000', 'big64k']
CAPTURES = SMALLER + ['big']         # big: 3072 packets through rings of 256
NOMRG = ['mix', 'jumbo', 'runts', 'sizes', 'jumbo9000', 'big64k', 'behind']
# inputs made here when missing: frame sizes. behind: an oversized frame inside a burst, and one in the next
MADE = {'jumbo9000': [9000] * 3, 'big64k': [65535], 'behind': [3000 if i in (5, 40) else 100 for i in range(70)]}
PEER = '--eth-peer=1,02:70:63:61:70:01'
# mode -> guest's "set fwd", its further options, retry (both sides), guest ports, captures with and without mergeable buffers
MODES = {
    'mac':          ('mac', [], True, 2, CAPTURES, NOMRG),
    'io':           ('io', [], True, 2, CAPTURES, NOMRG),
    'macswap':      ('macswap', [], True, 2, SMALLER, NOMRG),
    'mac_peer':     ('mac', [PEER], True, 2, SMALLER, NOMRG),
    'mac_noretry':  ('mac', [], False, 2, ['jumbo', 'runts', 'jumbo9000', 'big64k'],
                     ['jumbo', 'runts', 'jumbo9000', 'big64k', 'behind']),
    'loopback_mac': ('mac', ['--port-topology=loop'], True, 1, SMALLER, ['mix', 'jumbo', 'runts']),
}


def lengths(path):
    "captured length of each packet of a classic pcap"
    with open(path, 'rb') as f:
        b = f.read()
    out, at = [], HEADER
    while at + 16 <= len(b):
        n = struct.unpack_from('<I', b, at + 8)[0]
        out.append(n)
        at += 16 + n
    return out


def make_big(path, sizes):
    "UDP over IPv4 frames of the given sizes, with correct header checksums and a counting payload"
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i, n in enumerate(sizes):
            total = n - 14
            words = [0x4500, total, i, 0, 0x4011, 0, 0xc0a8, 0x0101, 0xc0a8, 0x0202]
            s = sum(words)
            s = (s & 0xffff) + (s >> 16)
            s = (s & 0xffff) + (s >> 16)
            words[5] = ~s & 0xffff
            head = bytes.fromhex('0010940000020010940000010800') + struct.pack('>10H', *words)
            head += struct.pack('>4H', 1024 + i, 9, total - 20, 0)
            body = bytes((i + k * 7 + (k >> 8)) & 255 for k in range(n - len(head)))
            f.write(struct.pack('<IIII', i, 0, n, n) + head + body)


def expected(sizes, mergeable):
    """(frames that reach the far side, frames the host's testpmd drops). Without mergeable buffers a frame larger than one
    buffer stays at the head of its tx burst: vhost refuses it, testpmd gives up on it and on all behind it in that burst.
    Retry only postpones that: the frame fits no better after 64 tries. Frames shorter than 14 bytes die in the guest's rx."""
    out = dropped = 0
    for at in range(0, len(sizes), BURST):
        burst = sizes[at:at + BURST]
        fit = len(burst)
        if not mergeable:
            fit = next((i for i, n in enumerate(burst) if n > BUFFER), fit)
        out += sum(n >= SMALL for n in burst[:fit])
        dropped += len(burst) - fit
    return out, dropped


class Testpmd:
    "one real testpmd: line-buffered output, commands on standard input, killed by its own pid when it hangs"
    def __init__(self, tag, core, vdevs, app, cwd):
        self.argv = ['stdbuf', '-oL', 'dpdk-testpmd', '--lcores', '0@%d,1@%d' % (core, core), '--no-pci', '--no-huge',
                     '-m', '512', '--file-prefix=' + tag]
        for v in vdevs:
            self.argv += ['--vdev', v]
        self.argv += ['--', '-i', '--no-mlockall', '--no-flush-rx', '--total-num-mbufs=16384'] + app
        self.out = b''
        self.p = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            b = os.read(self.p.stdout.fileno(), 65536)
            if not b:
                return
            self.out += b

    def text(self):
        return self.out.decode('latin-1')

    def wait(self, pattern, start=0, timeout=20):
        end = time.time() + timeout
        while time.time() < end:
            m = re.compile(pattern, re.S).search(self.text(), start)
            if m:
                return m
            if self.p.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError('testpmd: no %r in:\n%s' % (pattern, self.text()[-2000:]))

    def cmd(self, line, pattern=None):
        n = len(self.text())
        self.p.stdin.write((line + '\n').encode())
        self.p.stdin.flush()
        if pattern:
            self.wait(pattern, n)
        else:
            time.sleep(0.15)
        return self.text()[n:]

    def quit(self):
        try:
            self.p.stdin.write(b'quit\n')
            self.p.stdin.close()
        except OSError:
            pass
        try:
            self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        self.reader.join(1)


def pairs(text):
    return {k: int(v) for k, v in re.findall(r'([A-Z][A-Za-z-]+): +(\d+)', text)}


def port_stats(t, ports):
    "forward statistics of the last stop, NIC statistics and the non-zero extended ones, by port name"
    fwd = {int(p): pairs(b) for p, b in re.findall(r'Forward statistics for port (\d+)\s+-+\n(.*?)\n  -{20,}', t.text(), re.S)}
    nic, ext = {}, {}
    basic = t.cmd('show port stats all', r'statistics for port %d .*?\n  #{20,}\n' % (len(ports) - 1))
    for p, b in re.findall(r'NIC statistics for port (\d+)\s+#+\n(.*?)Throughput', basic, re.S):
        nic[int(p)] = pairs(b)
    for p in range(len(ports)):
        x = t.cmd('show port xstats %d' % p)
        ext[p] = {k: int(v) for k, v in re.findall(r'^([a-z][a-z0-9_]+): (\d+)', x, re.M) if int(v)}
    return {n: {'forward': fwd.get(i, {}), 'nic': nic.get(i, {}), 'xstats': ext.get(i, {})} for i, n in enumerate(ports)}


def layout(stats):
    "JSON with one line for each port's block of counters"
    d = json.dumps
    lines = [' "features": %s' % d(stats['features']), ' "run": %s' % d(stats['run'])]
    for side in ('host', 'guest'):
        ports = ['  %s: {\n%s\n  }' % (d(p), ',\n'.join('   %s: %s' % (d(k), d(v, sort_keys=True)) for k, v in b.items()))
                 for p, b in stats[side].items()]
        lines.append(' %s: {\n%s\n }' % (d(side), ',\n'.join(ports)))
    return '{\n%s\n}\n' % ',\n'.join(lines)


def run(mode, capture, mergeable, indir, work):
    fwd, app, retry, nports, _, _ = MODES[mode]
    suffix = ' retry' if retry else ''
    socks = [os.path.join(work, 'vhost%d.sock' % i) for i in range(nports)]
    vdevs = ['net_pcap0,rx_pcap=%s,tx_pcap=p0_tx.pcap' % os.path.join(indir, capture + '.pcap')]
    vdevs += ['net_vhost%d,iface=%s,queues=1' % (i, s) for i, s in enumerate(socks)]
    names = ['phy0'] + ['vhost%d' % i for i in range(nports)]
    if nports == 2:
        vdevs.append('net_pcap1,tx_pcap=p1_tx.pcap')
        names.append('phy1')
    eths = ['net_virtio_user%d,path=%s,queues=1,queue_size=256,mac=02:00:00:00:00:%02d,mrg_rxbuf=%d' % (i, s, i, mergeable)
            for i, s in enumerate(socks)]
    tag = 'rec%d' % os.getpid()
    host = Testpmd(tag + 'h', 0, vdevs, [], work)
    guest = None
    try:
        host.wait(r'\nDone\n')
        guest = Testpmd(tag + 'g', 1, eths, app, work)
        guest.wait(r'\nDone\n')
        guest.cmd('set fwd %s%s' % (fwd, suffix), r'Set \w+ packet')
        host.cmd('set fwd io' + suffix, r'Set io packet')
        guest.cmd('start', r'nb forwarding ports')
        for i in range(nports):
            for _ in range(100):
                if 'Link status: up' in host.cmd('show port info %d' % (i + 1), r'Link status: \w+'):
                    break
            else:
                raise RuntimeError('vhost%d: link stays down' % i)
        time.sleep(0.2)
        watched = os.path.join(work, 'p%d_tx.pcap' % (nports - 1))
        host.cmd('start', r'nb forwarding ports')
        size, since = -1, time.time()
        while time.time() - since < 0.5:
            now = os.path.getsize(watched)
            if now != size:
                size, since = now, time.time()
            time.sleep(0.05)
        host.cmd('stop', r'\nDone\.')
        guest.cmd('stop', r'\nDone\.')
        stats = {'host': port_stats(host, names), 'guest': port_stats(guest, ['eth%d' % i for i in range(nports)])}
        stats['features'] = 'mrg_rxbuf=%d in_order=1 packed_vq=0 queue_size=256' % mergeable
    finally:
        if guest:
            guest.quit()
        host.quit()
    return stats, watched


def record(mode, capture, mergeable, indir, out, tries):
    name = '%s__%s%s' % (mode, capture, '' if mergeable else '__nomrg')
    sizes = lengths(os.path.join(indir, capture + '.pcap'))
    want = expected(sizes, mergeable)
    for k in range(tries):
        work = tempfile.mkdtemp(prefix='ringbed-pvp-')
        try:
            stats, watched = run(mode, capture, mergeable, indir, work)
            got = len(lengths(watched))
            drops = [sum(p['forward'].get('TX-dropped', 0) for p in stats[side].values()) for side in ('host', 'guest')]
            stats['run'] = {'packets_in': len(sizes), 'packets_out': got, 'host_dropped': drops[0], 'guest_dropped': drops[1]}
            if (got, drops[0], drops[1]) != want + (0,):
                print('%s: try %d: found %d packets out and drops %s (host, guest), expected %d, [%d, 0]'
                      % (name, k + 1, got, drops, *want), file=sys.stderr, flush=True)
                continue
            to = os.path.join(out, name)
            shutil.rmtree(to, ignore_errors=True)
            os.makedirs(to)
            for f in ('p0_tx.pcap', 'p1_tx.pcap'):
                p = os.path.join(work, f)
                if os.path.exists(p) and (p == watched or os.path.getsize(p) > HEADER):
                    shutil.copyfile(p, os.path.join(to, f))
            with open(os.path.join(to, 'stats.json'), 'w') as f:
                f.write(layout(stats))
            print('%-34s in %4d out %4d' % (name, len(sizes), got), flush=True)
            return True
        except RuntimeError as e:
            print('%s: try %d: %s' % (name, k + 1, e), file=sys.stderr, flush=True)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return False


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    ap = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    ap.add_argument('out')
    ap.add_argument('--in', dest='indir', default=os.path.join(here, '..', 'in'))
    ap.add_argument('--only', default='', help='runs whose name contains this')
    ap.add_argument('--tries', type=int, default=5)
    a = ap.parse_args()
    for tool in ('dpdk-testpmd', 'stdbuf'):
        if not shutil.which(tool):
            print('skipped: %s is not installed (apt-get install dpdk coreutils)' % tool)
            return 77
    indir, out = os.path.abspath(a.indir), os.path.abspath(a.out)
    for name, sizes in MADE.items():
        p = os.path.join(indir, name + '.pcap')
        if not os.path.exists(p):
            make_big(p, sizes)
    bad = []
    for mode, (_, _, _, _, plain, nomrg) in MODES.items():
        for capture, mergeable in [(c, 1) for c in plain] + [(c, 0) for c in nomrg]:
            name = '%s__%s%s' % (mode, capture, '' if mergeable else '__nomrg')
            if a.only in name and not record(mode, capture, mergeable, indir, out, a.tries):
                bad.append(name)
    if bad:
        print('invalid: ' + ' '.join(bad), file=sys.stderr)
    return 1 if bad else 0


sys.exit(main())
