#include "all_headers_reversed.hpp"

int two();

int main() { return two(); }
