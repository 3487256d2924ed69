// control - `help control`.
// The text is testpmd 22.11's, its faults included.

export const HELP_CONTROL = `
Control forwarding:
-------------------

start
    Start packet forwarding with current configuration.

start tx_first
    Start packet forwarding with current config after sending one burst of packets.

stop
    Stop packet forwarding, and display accumulated statistics.

quit
    Quit to prompt.

`;
