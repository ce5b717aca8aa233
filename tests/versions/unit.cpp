// Compiled with this version of the library, and with one that names itself another.
#include <tributary/core/philox.hpp>
#include <typeinfo>

const std::type_info& TYPE_OF_VERSION() { return typeid(tributary::Philox); }
