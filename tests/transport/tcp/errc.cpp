#include <tributary/transport/tcp/errc.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string_view>
#include <utility>

using namespace tributary;

TEST_CASE("the errors of connections have the numbers of the protocol") {
  using enum TcpErrc;
  const std::pair<TcpErrc, int> numbers[]{{size_mismatch, 1},
                                          {not_finite, 2},
                                          {out_of_range, 3},
                                          {corrupt, 4},
                                          {wrong_magic, 5},
                                          {unknown_version, 6},
                                          {wrong_header_checksum, 7},
                                          {unknown_type, 8},
                                          {unknown_flag, 9},
                                          {unknown_codec, 10},
                                          {too_long, 11},
                                          {outside_message, 12},
                                          {wrong_payload_checksum, 13},
                                          {unexpected_message, 14},
                                          {malformed, 15},
                                          {wrong_key, 16},
                                          {wrong_session, 17},
                                          {wrong_run, 18},
                                          {different_settings, 19},
                                          {wrong_rank, 20},
                                          {duplicate_worker, 21},
                                          {no_room, 22},
                                          {too_slow, 23},
                                          {refused, 24}};
  for (const auto& [error, number] : numbers) CHECK(static_cast<int>(error) == number);
}

TEST_CASE("every error of a connection has a sentence of its own, and other values have none") {
  std::set<std::string_view> sentences;
  for (int code = 1; code <= 24; ++code) {
    CHECK_FALSE(message(TcpErrc{code}).empty());
    CHECK(sentences.insert(message(TcpErrc{code})).second);
  }
  CHECK(message(TcpErrc{0}).empty());
  CHECK(message(TcpErrc{25}).empty());
}

TEST_CASE("an error found by core keeps its sentence") {
  for (const Errc error :
       {Errc::size_mismatch, Errc::not_finite, Errc::out_of_range, Errc::corrupt}) {
    CHECK(message(tcp_errc(error)) == message(error));
  }
}
