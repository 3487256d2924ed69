// errno - the error numbers that ethdev calls answer with, and their words.

export const EPERM = 1;
export const EAGAIN = 11;
export const EINVAL = 22;
export const ENOSPC = 28;
export const ENOSYS = 38;
export const EADDRINUSE = 98;
export const ENODEV = 19;
export const EBUSY = 16;
export const ENOTSUP = 95;
export const ENOMEM = 12;
export const EEXIST = 17;

/** What strerror says of an errno. */
export function strerror(errno: number): string {
  const words: Record<number, string> = {
    2: "No such file or directory",
    5: "Input/output error",
    [ENOMEM]: "Cannot allocate memory",
    [EAGAIN]: "Resource temporarily unavailable",
    13: "Permission denied",
    [EBUSY]: "Device or resource busy",
    [EEXIST]: "File exists",
    [ENODEV]: "No such device",
    [EPERM]: "Operation not permitted",
    [EINVAL]: "Invalid argument",
    [ENOSPC]: "No space left on device",
    [ENOTSUP]: "Operation not supported",
    [EADDRINUSE]: "Address already in use",
  };
  return words[Math.abs(errno)] ?? `Unknown error ${Math.abs(errno)}`;
}
