set fwd mac
set burst 8
bogus
set eth-peer 1 0a:0b:0c:0d:0e:0f
show config fwd
