// The integer types of AssemblyScript as TypeScript sees them, so that assembly/abi is read by both compilers.
declare type u8 = number;
declare type u16 = number;
declare type u32 = number;
declare type i32 = number;
declare type usize = number;
