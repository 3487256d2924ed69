// devices - `help devices`.
// The text is testpmd 22.11's, its faults included.

export const HELP_DEVICES = `
Device Operations:
--------------
device detach (identifier)
       Detach device by identifier.

`;
