#define SERVE serve_v3
#include "builds/serve.inl"
