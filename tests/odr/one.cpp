#include "all_headers.hpp"

int two();

int main() { return two(); }
