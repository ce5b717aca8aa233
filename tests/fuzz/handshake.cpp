// Somebody without the key between a worker and a hub: lets frames through, changes them, sends
// others, as they are or with right checksums. A side that takes the other for one with the key has
// heard what that said, all of it and in its order.

#include <algorithm>
#include <tributary/transport/tcp/handshake.hpp>

#include "fuzz/support.hpp"

using namespace tributary;

namespace {

using Bytes = std::vector<std::byte>;

const Secret key = Secret::of("a key of the fuzzer");
const Offer offer{.worker_id = 7, .fingerprint = {{{"scalar", "float"}, {"Easgd::period", "32"}}}};

/// A frame instead of `honest`, which may be empty.
Bytes changed(const Bytes& honest, Input& input) {
  FrameHeader header;
  Bytes payload;
  if (!honest.empty()) {
    header = *decode(std::span{honest}.first<frame_header_bytes>());
    payload.assign(honest.begin() + frame_header_bytes, honest.end());
  }
  switch (input.byte() % 6) {
    case 0:
      return honest;
    case 1: {  // raw bytes
      const auto raw = input.bytes(input.byte());
      return {raw.begin(), raw.end()};
    }
    case 2: {  // some bits of it
      Bytes bytes = honest;
      for (int count = input.byte() % 4; count > 0 && !bytes.empty(); --count)
        bytes[(input.byte() + 256u * input.byte()) % bytes.size()] ^= std::byte{input.byte()};
      return bytes;
    }
    case 3:  // some bits of its payload
      for (int count = input.byte() % 4; count > 0 && !payload.empty(); --count)
        payload[(input.byte() + 256u * input.byte()) % payload.size()] ^= std::byte{input.byte()};
      break;
    case 4:  // another length of it
      payload.resize(input.byte() + 256u * (input.byte() % 20u));
      break;
    case 5: {  // another message
      header = FrameHeader{};
      header.type = FrameType{input.byte()};
      const auto raw = input.bytes(input.byte() + 256u * (input.byte() % 20u));
      payload.assign(raw.begin(), raw.end());
      break;
    }
  }
  return whole_frame(header.type, header.session, payload);
}

/// One side, and what it has said and has accepted, each a type and a payload.
template <class Handshake>
struct Side {
  Handshake handshake;
  std::vector<Bytes> said = {}, heard = {};
  Bytes waiting = {};  ///< A frame for it, on the way.

  static Bytes without_header(const Bytes& frame) {
    const auto header = *decode(std::span{frame}.first<frame_header_bytes>());
    Bytes bytes{static_cast<std::byte>(header.type)};
    bytes.insert(bytes.end(), frame.begin() + frame_header_bytes, frame.end());
    return bytes;
  }
  void say(const Bytes& frame, auto& other) {
    if (frame.empty()) return;
    said.push_back(without_header(frame));
    other.waiting = frame;
  }
  /// What may be a frame, as a connection takes it.
  void hear(const Bytes& bytes, auto& other) {
    waiting.clear();
    if (bytes.size() < frame_header_bytes) return;
    const auto header = decode(std::span{bytes}.first<frame_header_bytes>(), max_handshake_bytes);
    if (!header || header->length > bytes.size() - frame_header_bytes) return;
    const Bytes frame(bytes.begin(), bytes.begin() + frame_header_bytes + header->length);
    const Bytes payload(frame.begin() + frame_header_bytes, frame.end());
    const Answer answer = handshake.received(*header, payload);
    if (answer) {
      heard.push_back(without_header(frame));
      return say(*answer, other);
    }
    must(std::ranges::all_of(answer.error().text, is_printable));
    must(refuse_frame(answer.error()).size() <= frame_header_bytes + 4 + 1024);
  }
};

Terms terms_from(Input& input) {
  Terms terms{.session = input.byte(), .run_id = input.byte(), .clock = input.byte()};
  terms.rank = input.byte() - 20;
  terms.workers = input.byte() - 20;
  terms.fresh = input.byte() % 2;
  terms.lease_begin = input.byte();
  terms.lease_end = input.byte();
  return terms;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{data, size};
  Side<WorkerHandshake> worker{WorkerHandshake{key, offer, Bytes32{std::byte{1}}}};
  Side<HubHandshake> hub{HubHandshake{key, Bytes32{std::byte{2}}}};
  worker.say(worker.handshake.hello(), hub);
  Terms terms;
  while (!input.rest.empty()) {
    if (input.byte() % 2)
      hub.hear(changed(hub.waiting, input), worker);
    else
      worker.hear(changed(worker.waiting, input), hub);
    if (hub.handshake.authenticated()) {
      must(hub.heard == worker.said && worker.heard == hub.said);
      must(hub.handshake.offer() == offer);
      terms = terms_from(input);
      hub.say(hub.handshake.welcome(terms), worker);
    }
    if (worker.handshake.done()) {
      must(worker.heard == hub.said);
      must(worker.handshake.terms() == terms);
    }
  }
  return 0;
}
