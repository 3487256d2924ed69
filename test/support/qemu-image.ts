// qemu-image - what a test guest boots: Debian's cloud kernel and an initramfs of busybox, a few modules and an init that does what it is told
// on its serial line. The two packages are downloaded by apt, never installed; what is needed of them is kept in node_modules/.cache.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/ringbed-guest", import.meta.url));

/** In the order in which they need each other. */
const MODULES = [
  ...["drivers/virtio/virtio_ring", "drivers/virtio/virtio", "drivers/virtio/virtio_pci_modern_dev"],
  ...["drivers/virtio/virtio_pci_legacy_dev", "drivers/virtio/virtio_pci"],
  ...["net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net"],
];

/** Does each line as a shell command and says how it ended; what a command prints comes before that. */
const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc none /proc
/bin/busybox --install -s /bin
mount -t sysfs none /sys
mount -t devtmpfs none /dev
for m in ${MODULES.map((path) => path.replace(/.*\//, "")).join(" ")}; do insmod /mod/$m.ko; done
ip link set lo up
stty -echo
echo "guest is ready"
while read -r line; do eval "$line" < /dev/null; echo "guest has done it: $?"; done
poweroff -f
`;

/** Linux's printed words that end a command's output. */
export const GUEST_READY = /guest is ready\n/;
export const GUEST_DONE = /guest has done it: (\d+)\n/;

export interface GuestImage {
  readonly kernel: string;
  readonly initramfs: string;
}

/** The image; undefined and why where it cannot be had. */
export function guestImage(): GuestImage | { readonly missing: string } {
  const image = { kernel: join(CACHE, "vmlinuz"), initramfs: join(CACHE, "initramfs.gz") };
  const stamp = join(CACHE, "init");
  if (existsSync(stamp) && readFileSync(stamp, "latin1") === INIT) return image;
  const folder = mkdtempSync(join(tmpdir(), "ringbed-guest-"));
  try {
    const missing = unpack(folder);
    if (missing !== undefined) return { missing };
    const fresh = join(folder, "image");
    mkdirSync(fresh);
    const boot = join(folder, "boot");
    const kernel = readdirSync(boot).find((name) => name.startsWith("vmlinuz-"))!;
    writeFileSync(join(fresh, "vmlinuz"), readFileSync(join(boot, kernel)));
    const modules = join(folder, "lib/modules", kernel.replace("vmlinuz-", ""), "kernel");
    const archive = initramfs(readFileSync(join(folder, "bin/busybox")), (path) =>
      readFileSync(join(modules, `${path}.ko`)),
    );
    writeFileSync(join(fresh, "initramfs.gz"), gzipSync(archive));
    writeFileSync(join(fresh, "init"), INIT);
    rmSync(CACHE, { recursive: true, force: true });
    mkdirSync(join(CACHE, ".."), { recursive: true });
    spawnSync("cp", ["-r", fresh, `${CACHE}.${process.pid}`]); // /tmp may be another file system
    renameSync(`${CACHE}.${process.pid}`, CACHE);
    return image;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Downloads both packages and unpacks them in the folder. @returns what is missing */
function unpack(folder: string): string | undefined {
  const script = `set -e
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n 1)
apt-get download -q "$kernel" busybox-static
for deb in *.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --wildcards ./boot/vmlinuz-* ./bin/busybox ${MODULES.map((path) => `'./lib/modules/*/kernel/${path}.ko'`).join(" ")} 2>/dev/null || true; done
test -e bin/busybox && ls boot/vmlinuz-*`;
  const done = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "latin1", timeout: 60_000 });
  return done.status === 0 ? undefined : "a guest's kernel and busybox, which apt could not download";
}

/** A "newc" cpio archive: the kernel's own format of an initramfs. */
function initramfs(busybox: Uint8Array, moduleOf: (path: string) => Uint8Array): Buffer {
  const parts: Buffer[] = [];
  let inode = 0;
  const add = (name: string, mode: number, content: Uint8Array = new Uint8Array()): void => {
    const fields = [++inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
    const header = `070701${fields.map((n) => n.toString(16).padStart(8, "0")).join("")}${name}\0`;
    for (const part of [Buffer.from(header, "latin1"), Buffer.from(content)]) {
      parts.push(part, Buffer.alloc((4 - (part.length % 4)) % 4));
    }
  };
  for (const name of ["bin", "dev", "proc", "sys", "mod", "tmp"]) add(name, 0o040755);
  add("bin/busybox", 0o100755, busybox);
  add("init", 0o100755, Buffer.from(INIT, "latin1"));
  for (const path of MODULES) add(`mod/${path.replace(/.*\//, "")}.ko`, 0o100644, moduleOf(path));
  add("TRAILER!!!", 0);
  return Buffer.concat(parts);
}
