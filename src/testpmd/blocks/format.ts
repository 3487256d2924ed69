// format - printf's conversions, as the blocks need them.

/** %-Nu */
export const left = (value: number | bigint | string, width: number): string => `${value}`.padEnd(width);
/** %Nu */
export const right = (value: number | bigint | string, width: number): string => `${value}`.padStart(width);
/** 0x%x */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
/** 0x%04x */
export const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
/** uint16_t */
export const u16 = (value: number): number => value & 0xffff;
