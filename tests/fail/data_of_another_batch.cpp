// the dataset makes another Batch than the model takes
#include "line.hpp"

#ifdef TWIN
using Data = BasicEvents<float>;
#else
using Data = BasicEvents<double>;
#endif
int main() { Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Data{}, {}); }
