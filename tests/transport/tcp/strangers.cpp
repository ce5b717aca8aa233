#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "support/problems.hpp"

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

struct Log {
  std::vector<std::string> lines;
  void on(const Notice& notice) { lines.push_back(notice.text); }
};

const BasicEvents<float> data = line<float>(320);
const TrainOptions options{.epochs = 2, .batch_size = 8, .seed = Seed{3}};
const Averaging rule{.period = 4};
const Sgd optimizer{.learning_rate = 0.1};
const std::string key = "a key that is long enough";

std::string address() {
  return "unix:" + (std::filesystem::temp_directory_path() /
                    ("tributary_strangers_" + std::to_string(::getpid())))
                       .string();
}
Tcp worker() {
  return {.role = Tcp::worker,
          .address = address(),
          .secret = Secret::of(key),
          .join_seconds = 5,
          .reconnect_seconds = 5};
}
auto train(const Tcp& tcp, const TrainOptions& how = options) {
  return Trainer{LinearModel<float>{}, tcp, rule, optimizer}.train(data, how).parameters();
}
/// The bytes that a stranger receives until the hub closes or is silent for long.
std::vector<std::byte> say(std::span<const std::byte> bytes) {
  detail::asio::io_context context;
  boost::system::error_code error;
  const auto deadline = detail::Clock::now() + std::chrono::seconds{5};
  const auto stream = detail::connect(context, detail::Address{address()}, deadline, error);
  REQUIRE(stream);
  const detail::asio::const_buffer all{bytes.data(), bytes.size()};
  stream->write(std::span{&all, 1}, error);
  std::vector<std::byte> heard(4096);
  std::size_t size = 0;
  while (!error && detail::Clock::now() < deadline && size < heard.size()) {
    size += stream->read(std::span{heard}.subspan(size), error);
    detail::wait_for(stream->descriptor(), false, std::chrono::milliseconds{10});
  }
  heard.resize(size);
  return heard;
}
std::vector<std::byte> bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span{text});
  return {view.begin(), view.end()};
}
/// The refusal of a worker that must not be admitted.
std::string refusal(const Tcp& tcp, const TrainOptions& how = options) {
  try {
    train(tcp, how);
  } catch (const TcpError& error) {
    return error.what();
  }
  return "it got in";
}

}  // namespace

TEST_CASE("strangers are refused, and the run is not disturbed") {
  Log log;
  Vector<float> result;
  std::jthread hub{[&] {
    const Tcp tcp{.role = Tcp::hub,
                  .address = address(),
                  .workers = 2,
                  .secret = Secret::of(key),
                  .timeouts = {.handshake_seconds = 0.3}};
    result =
        Trainer{LinearModel<float>{}, tcp, rule, optimizer}.train(data, options, log).parameters();
  }};
  while (!std::filesystem::exists(address().substr(5))) std::this_thread::yield();

  Vector<float> first_result;
  std::jthread first{[&] { first_result = train(worker()); }};  // waits for a second

  // Bytes of other protocols.
  say(bytes(
      "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: everything that there is, please\r\n\r\n"));
  say(bytes(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) +
            std::string(80, 'x')));
  say(bytes("\x80\x04\x95" + std::string(100, 'p')));  // a pickle
  FrameHeader huge{
      .type = FrameType::hello, .count = ~std::uint64_t{0}, .length = ~std::uint32_t{0}};
  say(encode(huge));
  say({});  // and sends nothing
  // Frames of the protocol in a wrong state.
  say(whole_frame(FrameType::commit, 0, {}));
  say(whole_frame(FrameType::ready, 1, {}));
  Offer offer{.worker_id = 7};
  Secret secret = Secret::of(key);
  WorkerHandshake handshake{secret, offer};
  const std::vector<std::byte> challenge = say(handshake.hello());
  CHECK(challenge.size() > frame_header_bytes);
  say(challenge);  // its own words

  // Workers of other runs.
  Tcp stranger = worker();
  stranger.secret = Secret::of("another key, as long");
  CHECK(refusal(stranger).find("wrong key or none") != std::string::npos);
  stranger.secret = {};
  CHECK(refusal(stranger).find("wrong key or none") != std::string::npos);
  TrainOptions other = options;
  other.batch_size = 4;
  CHECK(refusal(worker(), other).find("TrainOptions::batch_size: the hub has 8, the worker 4") !=
        std::string::npos);
  stranger = worker();
  stranger.rank = 5;
  CHECK(refusal(stranger).find("no rank 5 among 2") != std::string::npos);

  const Vector<float> second_result = train(worker());
  first.join();
  hub.join();
  const auto threads =
      Trainer{LinearModel<float>{}, InProcess{.workers = 2}, rule, optimizer}.train(data, options);
  CHECK(result == threads.parameters());
  CHECK(first_result == result);
  CHECK(second_result == result);

  const auto told = [&](std::string_view what) {
    return std::ranges::count_if(log.lines,
                                 [&](const std::string& l) { return l.find(what) != l.npos; });
  };
  CHECK(told("the bytes are not from a Tributary peer") == 3);
  CHECK(told("the frame is longer than allowed") == 1);
  CHECK(told("it did not authenticate in time") >= 1);
  CHECK(told("a message of this type was not expected now") >= 2);
  CHECK(told("wrong key or none") == 2);
  CHECK(told("TrainOptions::batch_size") == 1);
  CHECK(told("no rank 5") == 1);
}

TEST_CASE("other machines are accepted only with a key, TLS, or on request") {
  Tcp tcp{.role = Tcp::hub, .address = "0.0.0.0:0"};
  CHECK_THROWS_WITH_AS(train(tcp), doctest::Contains("set Tcp::secret"), std::invalid_argument);
}

TEST_CASE("a hub whose host does not exist is an error") {
  Tcp hub{.address = std::string(300, 'x') + ":7070"};
  for (const bool insecure : {false, true}) {
    hub.insecure = insecure;
    CHECK_THROWS_WITH_AS(train(hub), doctest::Contains("xx:7070: there is no such host: "),
                         TcpError);
  }
}
