// The policies of this folder model their concepts.
#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/lossless.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>

using namespace tributary;

static_assert(Codec<Float64, float> && Codec<Float64, double>);
static_assert(Codec<Float32, float> && Codec<Float32, double>);
static_assert(Codec<Float16, float> && Codec<Float16, double>);
static_assert(Codec<BFloat16, float> && Codec<BFloat16, double>);
static_assert(Codec<Int8, float> && Codec<Int8, double>);
static_assert(Codec<Lossless, float> && Codec<Lossless, double>);
static_assert(Codec<OneBit, float> && Codec<OneBit, double>);
static_assert(Codec<TopK, float> && Codec<TopK, double>);
