// Decodes arbitrary messages by each codec: the values are finite, or an error is returned.

#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>
#include <tributary/codec/zstd.hpp>
#include <vector>

#include "fuzz/support.hpp"

using namespace tributary;

namespace {

template <Real S>
void decode(const auto& codec, Index size, std::span<const std::byte> bytes) {
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());  // to see reads past the end
  Vector<S> out = Vector<S>::Zero(size);
  auto decoder = codec.template make_decoder<S>(out);
  if (const Status status = decoder.decode(exact, out); status)
    must(out.allFinite());
  else
    must(!message(status.error()).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{data, size};
  const int which = input.byte();
  const Index numbers = input.byte() % 70;
  const auto both = [&](const auto& codec) {
    if (which < 128)
      decode<float>(codec, numbers, input.rest);
    else
      decode<double>(codec, numbers, input.rest);
  };
  switch (which % 12) {
    case 0:
      both(Float64{});
      break;
    case 1:
      both(Float32{});
      break;
    case 2:
      both(Float16{});
      break;
    case 3:
      both(BFloat16{});
      break;
    case 4:
      both(Int8{});
      break;
    case 5:
      both(Int8{.block = 5});
      break;
    case 6:
      both(OneBit{});
      break;
    case 7:
      both(OneBit{.block = 11});
      break;
    case 8:
      both(TopK{});
      break;
    case 9:
      both(TopK{.fraction = 1.0 / 3});
      break;
    case 10:
      both(Zstd{Int8{}});
      break;
    case 11:
      both(Zstd{TopK{.fraction = 1.0 / 3}});
      break;
  }
  return 0;
}
