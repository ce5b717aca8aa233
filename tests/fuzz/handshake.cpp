// An attacker without the key between a worker and a hub: forwards frames, changes them, or sends
// others, unchanged or with correct checksums. A side that accepts its peer has received all frames
// of the peer, unchanged and in order.
//
// And peers with the key at a hub: they send anything at any time, before READY and after, and join
// and leave at any time while others are given up. No step is done twice, and none is lost.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/membership.hpp>
#include <tributary/transport/tcp/messages.hpp>

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

/// One side, with its sent and accepted frames, each a type and a payload.
template <class Handshake>
struct Side {
  Handshake handshake;
  std::vector<Bytes> said = {}, heard = {};
  Bytes waiting = {};  ///< A frame on its way to it.

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
  /// Takes possible frames, as a connection does.
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
  Terms terms{.session = input.byte(), .run_id = input.byte(), .merges = input.byte()};
  terms.rank = input.byte() - 20;
  terms.workers = input.byte() - 20;
  terms.fresh = input.byte() % 2;
  terms.lease_begin = input.byte();
  terms.lease_end = input.byte();
  return terms;
}

void listen_in(Input& input) {
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
}

using detail::Membership;

struct HubSettings {
  int workers = 2, local_workers = 0, shards = 2;
  std::string checkpoint = "hub";
};
constexpr std::uint64_t share = 40, cycle = 3;
const RunPlan plan{.fingerprint = offer.fingerprint, .ledger = [](int workers) {
                     return Ledger{
                         std::vector<std::uint64_t>(static_cast<std::size_t>(workers), share),
                         cycle, true};
                   }};

/// The actions of a hub's listener and sessions, one at a time.
class House {
 public:
  void act(Input& input) {
    Guest& guest = guests_[input.byte() % guests_.size()];
    switch (input.byte() % 8) {
      case 0:
        return enter(guest, input);
      case 1:
        if (!guest.next.empty()) hear(guest, Bytes{guest.next});
        return;
      case 2:
        return hear(guest, any_frame(guest, input));
      case 3:
        return lose(guest);
      case 4:
        return vacate(membership_->member(input.byte() % 2));
      case 5:
        return merge(guest);
      case 6:
        if (Membership::Member* const member = inside(guest); member && !guest.commit)
          membership_->grant(*member, guest.sequence, input.byte() % 2);
        return;
      case 7:
        return restart();
    }
  }
  void check() { must(membership_->ledger().left() + merged_ == 2 * share); }

 private:
  struct Guest {
    std::unique_ptr<WorkerHandshake> worker;
    std::unique_ptr<HubHandshake> hub;
    Bytes next = {};  ///< The messages of an honest worker.
    std::uint64_t session = 0;
    bool is_shard = false, is_in = false;
    std::uint64_t sequence = 0;
    std::optional<detail::CommitInfo> commit = {};  ///< Its vector is on its way.
  };

  Membership::Member* inside(const Guest& guest) {
    Membership::Member* const member = membership_->of_session(guest.session);
    const bool is = guest.is_in && member && member->state == Membership::State::present;
    return is ? member : nullptr;
  }
  void enter(Guest& guest, Input& input) {
    lose(guest);
    Offer its = offer;
    its.worker_id = 1 + input.byte() % 3;
    its.run_id = input.byte() % 2 ? membership_->run_id() : 0;
    its.acknowledged = input.byte();
    its.merges = input.byte();
    if (input.byte() % 4 == 0) {
      its.shard = 1;
      its.session = guests_[input.byte() % guests_.size()].session | 1;
    }
    guest.worker = std::make_unique<WorkerHandshake>(key, its, Bytes32{std::byte{1}});
    guest.hub = std::make_unique<HubHandshake>(key, Bytes32{std::byte{2}});
    guest.is_shard = its.shard > 0;
    guest.next = guest.worker->hello();
  }
  Bytes any_frame(const Guest& guest, Input& input) {
    const FrameType type{static_cast<std::uint8_t>(input.byte() % 18)};
    const std::uint64_t session = input.byte() % 4 ? guest.session : input.byte();
    Bytes payload;
    if (type == FrameType::commit && input.byte() % 2) {
      payload = detail::CommitInfo{.vector_bytes = input.byte(), .steps = input.byte()}.bytes();
    } else {
      const auto raw = input.bytes(input.byte() % 64u);
      payload.assign(raw.begin(), raw.end());
    }
    return whole_frame(type, session, payload);
  }
  void hear(Guest& guest, const Bytes& frame) {
    if (!guest.hub) return;
    const auto header = decode(std::span{frame}.first<frame_header_bytes>(), max_handshake_bytes);
    if (!header) return lose(guest);
    const Bytes payload(frame.begin() + frame_header_bytes, frame.end());
    if (guest.is_in) return exchange(guest, *header, payload);
    const Answer answer = guest.hub->received(*header, payload);
    if (!answer) return lose(guest);
    guest.next.clear();
    if (!answer->empty()) tell(guest, *answer);
    if (guest.hub->authenticated()) {
      const auto terms = membership_->admit(guest.hub->offer(), membership_->ledger().finished());
      if (!terms) return lose(guest);
      guest.session = terms->session;
      tell(guest, guest.hub->welcome(*terms));
    }
    if (guest.hub && guest.hub->done()) take(guest);
  }
  void tell(Guest& guest, const Bytes& frame) {
    const auto header = *decode(std::span{frame}.first<frame_header_bytes>());
    const Answer answer =
        guest.worker->received(header, Bytes(frame.begin() + frame_header_bytes, frame.end()));
    guest.next = answer ? *answer : Bytes{};
  }
  void take(Guest& guest) {
    guest.is_in = true;
    Membership::Member* const member = membership_->of_session(guest.session);
    if (guest.is_shard) return;
    if (!member || member->state != Membership::State::expected) return lose(guest);
    member->state = Membership::State::present;
    membership_->serve(*member);
    guest.sequence = member->applied;
  }
  void exchange(Guest& guest, const FrameHeader& header, const Bytes& payload) {
    Membership::Member* const member = inside(guest);
    if (!member || guest.is_shard || header.session != guest.session) return lose(guest);
    switch (header.type) {
      case FrameType::commit: {
        const auto info = detail::CommitInfo::read(payload);
        if (!info || guest.commit || !membership_->ledger().admits(member->rank, info->steps))
          return lose(guest);
        guest.commit = *info;
        return;
      }
      case FrameType::goodbye:
        if (detail::Parting::read(payload)) vacate(*member);
        return lose(guest);
      case FrameType::ping:
      case FrameType::pull:
      case FrameType::grant:
        return;
      default:
        return lose(guest);
    }
  }
  void merge(Guest& guest) {
    Membership::Member* const member = inside(guest);
    if (!member || !guest.commit) return;
    membership_->merged(guest.commit->header(member->rank));
    merged_ += guest.commit->steps;
    guest.sequence = member->applied;
    guest.commit.reset();
  }
  void lose(Guest& guest) {
    if (Membership::Member* const member = membership_->of_session(guest.session);
        member && !guest.is_shard) {
      if (inside(guest))
        membership_->lose_connection(*member);
      else
        membership_->left(*member);
    }
    guest = {};
  }
  /// Its time is up, or its thread has failed.
  void vacate(Membership::Member& member) {
    if (!member.served) return;
    if (member.state == Membership::State::away) membership_->give_up(member);
    membership_->vacate(member);
  }
  void restart() {
    Bytes saved;
    membership_->save(saved);
    const std::uint64_t run = membership_->run_id();
    membership_ = std::make_unique<Membership>(HubSettings{}, plan);
    std::span<const std::byte> state{saved};
    must(bool{membership_->restore(run, state)} && state.empty());
    guests_ = {};
    for (Membership::Member& member : membership_->members())
      if (member.state == Membership::State::away) membership_->serve(member);
  }

  std::unique_ptr<Membership> membership_ = std::make_unique<Membership>(HubSettings{}, plan);
  std::array<Guest, 4> guests_;
  std::uint64_t merged_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{data, size};
  if (input.byte() % 2) {
    listen_in(input);
    return 0;
  }
  House house;
  for (int acts = 0; acts < 200 && !input.rest.empty(); ++acts) {
    house.act(input);
    house.check();
  }
  return 0;
}
