#include "transport/tcp/proxy.hpp"
#include "transport/tcp/siege.hpp"

#include <doctest/doctest.h>

#include <tributary/trainer/detail/peak_memory.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

/// The frames of a recorded stream.
std::vector<std::pair<FrameHeader, Bytes>> frames_of(std::span<const std::byte> stream) {
  std::vector<std::pair<FrameHeader, Bytes>> frames;
  while (stream.size() >= frame_header_bytes) {
    const auto header = decode(stream.first<frame_header_bytes>());
    REQUIRE(header);
    const std::size_t end = frame_header_bytes + header->length;
    if (end > stream.size()) break;
    const auto payload = stream.subspan(frame_header_bytes, header->length);
    frames.push_back({*header, {payload.begin(), payload.end()}});
    stream = stream.subspan(end);
  }
  return frames;
}
Bytes whole(const std::pair<FrameHeader, Bytes>& frame) {
  return frame_of(frame.first, frame.second);
}
/// The answer to a stranger that sends this.
std::string refusal_of(const std::string& hub, std::span<const std::byte> bytes) {
  Peer peer{hub};
  peer.say(bytes);
  return peer.refusal();
}

}  // namespace

TEST_CASE("a peer without the key that has recorded a handshake is refused") {
  auto hub = start_hub();
  Proxy ear{hub.address()};
  auto first = start_worker(ear.address(), 0);  // is admitted, and waits for a second
  wait_for_first(hub);
  const auto up = frames_of(ear.recorded(Way::up)), down = frames_of(ear.recorded(Way::down));
  REQUIRE(up.size() >= 5);
  REQUIRE(down.size() >= 2);
  const auto memory = peak_memory_bytes();

  // Replay.
  {
    Peer peer{hub.address()};
    peer.say(whole(up[0]));
    CHECK(peer.frame().first.type == FrameType::challenge);
    peer.say(whole(up[1]));
    CHECK(peer.refusal() == "wrong key or none");
    CHECK(peer.is_closed());
  }
  {
    Peer peer{hub.address()};
    peer.say(ear.recorded(Way::up));
    CHECK(peer.refusal() == "wrong key or none");
  }
  CHECK(holds_soon([&] { return hub.log().told("wrong key or none") == 2; }));

  // Reflection.
  CHECK(refusal_of(hub.address(), whole(down[0])) == message(TcpErrc::unexpected_message));
  {
    Peer peer{hub.address()};
    peer.say(whole(up[0]));
    const auto [header, payload] = peer.frame();
    peer.say(frame_of(header, payload));
    CHECK(peer.refusal() == message(TcpErrc::unexpected_message));
  }
  {
    Peer peer{hub.address()};  // the hub's proof in the worker's place
    peer.say(whole(up[0]));
    peer.frame();
    FrameHeader header = up[1].first;
    peer.say(frame_of(header, std::span{down[1].second}.last(32)));
    CHECK(peer.refusal() == "wrong key or none");
  }

  // Other versions.
  const auto hello_of = [&](int lowest, int highest) {
    auto hello = up[0];
    hello.second[0] = static_cast<std::byte>(lowest);
    hello.second[1] = static_cast<std::byte>(highest);
    return whole(hello);
  };
  CHECK(refusal_of(hub.address(), hello_of(0, 0)) == message(TcpErrc::unknown_version));
  CHECK(refusal_of(hub.address(), hello_of(2, 9)) == message(TcpErrc::unknown_version));
  CHECK(refusal_of(hub.address(), hello_of(2, 1)) == message(TcpErrc::malformed));
  FrameHeader older = up[0].first;
  older.major = 0;
  CHECK(refusal_of(hub.address(), frame_of(older, up[0].second)) ==
        message(TcpErrc::unknown_version));
  {
    Peer peer{hub.address()};  // messages of an honest worker, changed on the way
    WorkerHandshake honest{key, *detail::read_hello(up[0].second)};
    auto hello = frames_of(honest.hello()).front();
    hello.second[1] = std::byte{2};
    peer.say(whole(hello));
    const auto [header, payload] = peer.frame();
    peer.say(*honest.received(header, payload));
    CHECK(peer.refusal() == "wrong key or none");
  }
  {
    Peer peer{hub.address()};
    WorkerHandshake honest{key, *detail::read_hello(up[0].second)};
    auto hello = frames_of(honest.hello()).front();
    hello.first.minor = 7;
    peer.say(whole(hello));
    const auto [header, payload] = peer.frame();
    peer.say(*honest.received(header, payload));
    CHECK(peer.refusal() == "wrong key or none");
  }

  // Lengths.
  const auto header_of = [](std::uint64_t count, std::uint32_t length) {
    return encode({.type = FrameType::hello, .count = count, .length = length});
  };
  constexpr std::uint64_t huge = ~std::uint64_t{0}, four_gigabytes = std::uint64_t{1} << 32;
  for (const auto& header :
       {header_of(huge, ~std::uint32_t{0}), header_of(four_gigabytes, ~std::uint32_t{0}),
        header_of(max_frame_bytes, max_frame_bytes),
        header_of(max_handshake_bytes + 1, max_handshake_bytes + 1)})
    CHECK(refusal_of(hub.address(), header) == message(TcpErrc::too_long));
  CHECK(refusal_of(hub.address(), header_of(huge, 100)) == message(TcpErrc::malformed));
  CHECK(
      refusal_of(hub.address(),
                 encode({.type = FrameType::chunk, .offset = huge, .count = huge, .length = 1})) ==
      message(TcpErrc::outside_message));
  CHECK(peak_memory_bytes() - memory < 64 << 20);

  CHECK(holds_soon([&] { return hub.log().told("wrong key or none") == 5; }));
  CHECK(holds_soon([&] { return hub.log().told(message(TcpErrc::unknown_version)) == 3; }));
  CHECK(holds_soon([&] { return hub.log().told(message(TcpErrc::unexpected_message)) == 2; }));
  CHECK(holds_soon([&] { return hub.log().told(message(TcpErrc::too_long)) == 4; }));
  CHECK(check_unharmed(hub, first).report.lost == 0);
}

TEST_CASE("a worker with an id that is already connected is refused by name") {
  auto hub = start_hub();
  Proxy ear{hub.address()};
  auto first = start_worker(ear.address(), 0);
  wait_for_first(hub);
  const Offer offer = *detail::read_hello(frames_of(ear.recorded(Way::up)).front().second);
  for (int i = 0; i < 3; ++i) {
    Peer peer{hub.address()};
    CHECK_THROWS_WITH(peer.enter(key, offer), "a worker with this id is already connected");
    CHECK(peer.is_closed());
  }
  CHECK(holds_soon(
      [&] { return hub.log().told("a worker with this id is already connected") == 3; }));
  CHECK(check_unharmed(hub, first).report.lost == 0);
}
