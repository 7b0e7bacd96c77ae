// NATS for Swift: the library of Debian's libnats-dev.
#include <nats/nats.h>
