#define SERVE serve_v2
#include "builds/serve.inl"
