#pragma once

#include <doctest/doctest.h>

#include <string>
#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>
#include <tributary/codec/zstd.hpp>

/// Calls check(codec, scalar) for each codec and both scalars.
void for_each_codec(const auto& check) {
  using namespace tributary;
  const auto both = [&](const std::string& name, const auto& codec) {
    CAPTURE(name);
    check(codec, float{});
    check(codec, double{});
  };
  both("Float64", Float64{});
  both("Float32", Float32{});
  both("Float16", Float16{});
  both("BFloat16", BFloat16{});
  both("Int8", Int8{});
  both("Int8 of small blocks", Int8{.block = 5});
  both("OneBit", OneBit{});
  both("OneBit of small blocks", OneBit{.block = 11});
  both("TopK", TopK{});
  both("TopK of a third", TopK{.fraction = 1.0 / 3});
  both("Zstd of Int8", Zstd{Int8{}});
  both("Zstd of TopK", Zstd{TopK{}});
}
