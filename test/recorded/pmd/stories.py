"""Runs of OVS's own suite about PMD threads (tests/pmd.at, tests/alb.at, 3.1) and some beside them: what the machine is (nodes: the NUMA node of each
core, as --dummy-numa has it) and the commands, in their order. Where nodes 1 and 8 share a bucket of OVS's map of nodes, which of them is asked for help first
is chance; no run here depends on it. `warped` lets so many intervals of five seconds pass, one after the other."""

STORIES = []
SHOW = "ovs-appctl dpif-netdev/pmd-rxq-show"


def flat(parts):
    for part in parts:
        yield from [part] if isinstance(part, str) else flat(part)


def story(name, nodes, *commands):
    STORIES.append({"name": name, "nodes": nodes, "commands": list(flat(commands))})


def port(name, **more):
    options = "".join(" options:%s=%s" % option for option in more.items())
    return "ovs-vsctl add-port br0 %s -- set Interface %s type=dummy-pmd%s" % (name, name, options)


def config(*settings):
    return "ovs-vsctl set Open_vSwitch . " + " ".join("other_config:" + setting for setting in settings)


def iface(name, *settings):
    return "ovs-vsctl set Interface %s %s" % (name, " ".join(settings))


def pins(name, text):
    return iface(name, "other_config:pmd-rxq-affinity='%s'" % text)


def warped(intervals):
    return ["ovs-appctl time/warp 5010"] * intervals


DEBUG = "ovs-appctl vlog/set dpif_netdev:dbg"
STOP = "ovs-appctl time/stop"

# pmd.at

story("pmd-cpu-mask - dual NUMA", "1,1,0,0", config("pmd-cpu-mask=1"), port("p0", n_rxq=8, numa_id=1), "ovs-appctl dpif/show", SHOW,
      config("pmd-cpu-mask=0xc"), SHOW, *[[config("pmd-rxq-assign=" + name), SHOW] for name in ("roundrobin", "group")],
      config("pmd-cpu-mask=0x3"), SHOW, config("pmd-cpu-mask=0x6"), SHOW, *[[config("pmd-rxq-assign=" + name), SHOW] for name in ("roundrobin", "cycles")],
      config("pmd-cpu-mask=0x1"), SHOW, "ovs-vsctl remove Open_vSwitch . other_config pmd-cpu-mask", SHOW)

story("pmd-cpu-mask - multi NUMA", "1,2,1,2", config("pmd-cpu-mask=0xf", "pmd-rxq-assign=cycles"), port("p0", n_rxq=4, numa_id=0), SHOW,
      *[[config("pmd-rxq-assign=" + name), SHOW] for name in ("group", "cycles", "roundrobin")])

story("change numa node", "0,1,8", config("pmd-cpu-mask=7"), port("p1", n_rxq=2), port("p2", n_rxq=2), SHOW, iface("p2", "options:numa_id=1"), SHOW,
      iface("p2", "options:numa_id=8"), SHOW, iface("p1", "options:numa_id=1"), SHOW, "ovs-appctl dpif/show")

story("a node without cores", "0,1,2,2", config("pmd-cpu-mask=0xf"), port("p1", n_rxq=4, numa_id=3), SHOW, port("p2", n_rxq=2, numa_id=2), SHOW, config("pmd-cpu-mask=3"), SHOW, config("pmd-rxq-assign=group"), SHOW)

story("rxq affinity - NUMA", "0,0,0,1,1,8,8", config("pmd-cpu-mask=7e"),
      "ovs-vsctl add-port br0 p1 -- set Interface p1 type=dummy-pmd ofport_request=1 options:n_rxq=2 options:numa_id=0 other_config:pmd-rxq-affinity='0:1,1:2'", SHOW,
      *[[pins("p1", text), SHOW] for text in ("0:3,1:4", "0:5,1:6", "0:3,1:1", "0:5,1:1")],
      "ovs-vsctl remove Interface p1 other_config pmd-rxq-affinity", SHOW, pins("p1", "0:3"), SHOW, pins("p1", "0:9"), SHOW)

story("threads without a mask, one a node", "0,0,1,1,2", port("p0", n_rxq=3, numa_id=1), SHOW, port("p1", n_rxq=2, numa_id=2), SHOW, port("p2"), SHOW,
      "ovs-vsctl del-port br0 p0", SHOW, config("pmd-cpu-mask=0x100"), SHOW, config("pmd-cpu-mask=0x114"), SHOW, config("pmd-cpu-mask=xyz"), SHOW,
      "ovs-vsctl del-port br0 p1", "ovs-vsctl del-port br0 p2", SHOW)

story("isolated nodes", "0,0,1,1,2,2", config("pmd-cpu-mask=0x3f", "pmd-rxq-assign=group"), port("p0", n_rxq=4), port("p1", n_rxq=3, numa_id=1), port("p2", n_rxq=3, numa_id=2),
      SHOW, pins("p0", "0:0,1:1"), SHOW, config("pmd-rxq-assign=cycles"), SHOW, config("pmd-rxq-assign=roundrobin"), SHOW, pins("p1", "0:2,1:3,2:3"), SHOW,
      pins("p2", "0:4,1:5"), SHOW, config("pmd-rxq-assign=group", "pmd-rxq-isolate=false"), SHOW, config("pmd-rxq-assign=cycles"), SHOW,
      config("pmd-rxq-assign=nonsense"), SHOW, "ovs-appctl dpif-netdev/pmd-rxq-rebalance", SHOW)

# alb.at: ALB - ...

BALANCED = config("pmd-auto-lb=true", "pmd-auto-lb-load-threshold=0")

story("ALB - enable/disable", "0,0", config("pmd-cpu-mask=1", "pmd-auto-lb=true"), port("p0", n_rxq=1), config("pmd-auto-lb=false"), config("pmd-auto-lb=true"),
      config("pmd-auto-lb=true", "pmd-auto-lb-rebal-interval=3", "pmd-auto-lb-load-threshold=70", "pmd-auto-lb-improvement-threshold=50"), config("pmd-auto-lb=yes"))

story("ALB - min num PMD/RxQ", "0,0", config("pmd-cpu-mask=1"), port("p0", n_rxq=2), BALANCED, DEBUG, STOP, warped(28), config("pmd-cpu-mask=0x3"), warped(28),
      iface("p0", "options:n_rxq=3"), warped(40), config("pmd-cpu-mask=0x1"), warped(28), warped(28))

story("ALB - cross-numa", "1,2,1,2", config("pmd-cpu-mask=0x3", "pmd-rxq-assign=group", "pmd-rxq-isolate=false"), port("p0", n_rxq=4, numa_id=0), BALANCED, DEBUG, STOP, warped(28),
      pins("p0", "0:0,1:0,2:1,3:1"), warped(28), "ovs-vsctl remove Interface p0 other_config pmd-rxq-affinity", pins("p0", "0:0,1:0,2:1"), warped(28),
      config("pmd-cpu-mask=0xf"), iface("p0", "options:n_rxq=6"), config("pmd-rxq-isolate=true"), warped(28))

story("ALB - PMD/RxQ assignment type", "0,0", config("pmd-cpu-mask=3"), port("p0", n_rxq=3), BALANCED,
      *[[config("pmd-rxq-assign=" + name), config("pmd-auto-lb=false"), config("pmd-auto-lb=true")] for name in ("roundrobin", "cycles", "group")],
      DEBUG, STOP, warped(28), *[[config("pmd-rxq-assign=" + name), warped(28)] for name in ("cycles", "roundrobin", "group")])

for key, values in (("rebal-interval", (10, 1, 20000, 0, 100, 20001, 1000, -1, "x", "0x10", "3.5", "99999999999999999999")), ("improvement-threshold", (60, 0, -1, 100, 101, "", "010")),
                    ("load-threshold", (70, 0, -1, 100, 101, 4294967297))):
    story("ALB - %s" % key, "0,0", port("p0"), *[config("pmd-auto-lb-%s='\"%s\"'" % (key, value)) for value in values])

story("ALB - with an improvement threshold of 0", "0,0,1,1", config("pmd-cpu-mask=0xf"), port("p0", n_rxq=3), port("p1", n_rxq=2, numa_id=1), BALANCED, config("pmd-auto-lb-improvement-threshold=0"),
      DEBUG, STOP, warped(28))

story("ALB - overloaded long enough, an interval that is not over", "0,0", config("pmd-cpu-mask=3"), port("p0", n_rxq=3), config("pmd-auto-lb=true", "pmd-auto-lb-rebal-interval=2"), DEBUG, STOP, warped(50),
      config("pmd-auto-lb-load-threshold=0"), warped(40), config("pmd-auto-lb=false"), warped(28))

story("pmd usage time, without traffic", "0,0,1", config("pmd-cpu-mask=7"), port("p0", n_rxq=2), STOP, SHOW, *[[warped(1), SHOW] for _ in range(3)], warped(10), SHOW, SHOW + " -secs 7", SHOW + " -pmd 1", SHOW + " -pmd 1 -secs 20",
      port("p1"), SHOW, warped(1), SHOW, warped(1), SHOW, iface("p1", "options:n_rxq=2"), warped(1), SHOW, warped(1), SHOW, config("pmd-cpu-mask=3"), warped(2), SHOW, "ovs-appctl dpif-netdev/pmd-rxq-rebalance", warped(1), SHOW)

ADD = "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=secure"
story("a datapath that goes and comes back", "0,0,1", config("pmd-cpu-mask=7", "pmd-rxq-assign=group", "pmd-auto-lb=true", "pmd-maxsleep=5"), port("p0", n_rxq=2), port("p1", numa_id=1), SHOW, "ovs-vsctl del-br br0", SHOW,
      config("pmd-maxsleep=7", "pmd-auto-lb-load-threshold=50"), ADD, SHOW, port("p0", n_rxq=2), SHOW, "ovs-vsctl del-br br0", "ovs-vsctl clear Open_vSwitch . other_config", ADD, port("p0"), SHOW)

# PMD - pmd sleep

story("pmd sleep", "0,0", *[config('pmd-maxsleep=\'"%s"\'' % value) for value in (1, 10000, 0, 10001, 490, 499, 499, -1, "", "x", "0x20", "99999999999999999999")])
