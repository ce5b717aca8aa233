#include <tributary/core/kernels.hpp>
