// Decodes headers that may be anything, as they are and with the checksum made right.

#include <array>
#include <cstring>
#include <tributary/transport/tcp/frame.hpp>

#include "fuzz/support.hpp"

using namespace tributary;

namespace {

using Header = std::array<std::byte, frame_header_bytes>;

void check(const Header& bytes) {
  const auto header = decode(bytes);
  if (!header) return must(!message(header.error()).empty());
  must(encode(*header) == bytes);
  must(header->length <= max_frame_bytes);
  must(header->offset + header->length >= header->offset);
  must(header->offset + header->length <= header->count);
  must(header->type >= FrameType::hello && header->type <= FrameType::grant);
  must(header->codec <= CodecId::zstd && header->flags == 0);
  must(static_cast<bool>(decode(bytes, max_handshake_bytes)) ==
       (header->length <= max_handshake_bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Header bytes{};
  std::memcpy(bytes.data(), data, std::min(size, bytes.size()));
  check(bytes);
  detail::store_little(bytes.data(), frame_magic);
  detail::store_little(bytes.data() + 4, protocol_major);
  detail::store_little(bytes.data() + 12, std::uint32_t{0});
  detail::store_little(bytes.data() + 12, crc32c(bytes));
  check(bytes);
  return 0;
}
