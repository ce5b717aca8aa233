// this rule commits parameters
#include <tributary/codec/top_k.hpp>
#include <tributary/transport/tcp.hpp>

#include "line.hpp"

#ifdef TWIN
using Rule = Downpour;
#else
using Rule = Averaging;
#endif
int main() { Trainer{Line{}, BasicTcp<TopK>{}, Rule{}, Sgd{}}.train(Events{}, {}); }
