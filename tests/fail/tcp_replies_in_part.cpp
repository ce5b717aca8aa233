// replies are parameters
#include <tributary/codec/one_bit.hpp>
#include <tributary/transport/tcp.hpp>

#include "line.hpp"

#ifdef TWIN
using Way = BasicTcp<OneBit>;
#else
using Way = BasicTcp<OneBit, OneBit>;
#endif
int main() { Trainer{Line{}, Way{}, Downpour{}, Sgd{}}.train(Events{}, {}); }
