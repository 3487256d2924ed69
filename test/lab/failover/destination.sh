# Where the guest goes: the same machine, with another function of the NIC, waiting for it.
/usr/bin/qemu-system-i386 -name QEMUGuest1 -machine q35 -m 214 -incoming tcp:0:49152 \
-chardev socket,id=charmonitor,path=/tmp/lib/domain-2-QEMUGuest1/monitor.sock,server,nowait -mon chardev=charmonitor,id=monitor,mode=control \
-device pcie-root-port,id=rp0,chassis=1 -device pcie-root-port,id=rp1,chassis=2 \
-netdev user,id=hostua-backup0 -device virtio-net-pci,failover=on,netdev=hostua-backup0,id=ua-backup0,mac=00:11:22:33:44:55,bus=pcie.0,addr=0x3 \
-netdev user,id=hostua-backup1 -device virtio-net-pci,failover=on,netdev=hostua-backup1,id=ua-backup1,mac=66:44:33:22:11:00,bus=pcie.0,addr=0x4 \
-device vfio-pci,host=0000:03:07.3,id=hostdev0,bus=rp0,failover_pair_id=ua-backup0 \
-device vfio-pci,host=0000:03:07.4,id=hostdev1,bus=rp1,failover_pair_id=ua-backup1
