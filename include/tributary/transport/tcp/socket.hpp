// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/transport/tcp/options.hpp>
#include <utility>  // Boost 1.74 uses std::exchange without it
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

// Sockets for Tcp. They never block, and every wait is a poll() with a timeout. So no event loop
// runs, and the part of Asio that has one is not compiled.

namespace tributary::inline v0_1 {

namespace detail {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

inline Clock::duration seconds_from(double seconds) {
  constexpr double longest = 1e9;  // no clock lasts longer
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::min(seconds, longest)));
}

/// Waits until the descriptor is ready for reading, or if `writing` for writing, or for at most
/// `most`.
inline void wait_for(int descriptor, bool writing, std::chrono::milliseconds most) {
  const int events = writing ? POLLIN | POLLOUT : POLLIN;
  ::pollfd one{descriptor, static_cast<short>(events), 0};
  ::poll(&one, 1, static_cast<int>(most.count()));
}

/// A connected stream of bytes that never blocks.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Returns the number of bytes read; 0 if it would block. The end of the stream is an error.
  virtual std::size_t read_some(std::span<const asio::mutable_buffer> to, error_code& error) = 0;
  std::size_t read(std::span<std::byte> to, error_code& error) {
    const asio::mutable_buffer buffer{to.data(), to.size()};
    return read_some(std::span{&buffer, 1}, error);
  }
  virtual std::size_t write(std::span<const asio::const_buffer> from, error_code& error) = 0;
  /// Whether a blocked write waits for buffer space; otherwise it waits for bytes of the peer.
  virtual bool waits_for_room() const { return true; }
  /// Whether it has ended because the two ends are incompatible, so that another try would fail as
  /// well.
  virtual bool refused() const { return false; }
  /// Ends the stream in both directions.
  virtual void shutdown() noexcept = 0;
  virtual int descriptor() = 0;
};

using Socket = asio::generic::stream_protocol::socket;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
using Endpoint = asio::generic::stream_protocol::endpoint;

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(Socket socket) : socket_{std::move(socket)} {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);  // if it is TCP
  }
  std::size_t read_some(std::span<const asio::mutable_buffer> to, error_code& error) override {
    return moved(socket_.read_some(to, error), error);
  }
  std::size_t write(std::span<const asio::const_buffer> from, error_code& error) override {
    return moved(socket_.write_some(from, error), error);
  }
  void shutdown() noexcept override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
  }
  int descriptor() override { return socket_.native_handle(); }

 private:
  static std::size_t moved(std::size_t bytes, error_code& error) {
    if (error == asio::error::would_block || error == asio::error::interrupted) error = {};
    return bytes;
  }
  Socket socket_;
};

/// The address of a hub: host:port, or unix:/path.
class Address {
 public:
  /// Throws std::invalid_argument unless the text has one of these forms.
  explicit Address(const std::string& text) : text_{text} {
    constexpr std::string_view local = "unix:";
    if (text.starts_with(local)) {
      path_ = text.substr(local.size());
      if (!path_.empty() && path_.size() < 108) return;  // sockaddr_un
    } else if (const auto colon = text.rfind(':'); colon != text.npos) {
      host_ = text.substr(0, colon);
      port_ = text.substr(colon + 1);
      if (host_.starts_with('[') && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
      if (!host_.empty() && !port_.empty() && port_.find_first_not_of("0123456789") == port_.npos &&
          port_.size() <= 5 && std::stoi(port_) <= 65535)
        return;
    }
    throw std::invalid_argument{"Tcp::address = " + text +
                                ", must be host:port with a port up to 65535, or unix:/path with "
                                "a path of at most 107 bytes"};
  }

  const std::string& text() const noexcept { return text_; }
  bool is_path() const noexcept { return host_.empty(); }
  const std::string& host() const noexcept { return host_; }
  const std::string& path() const noexcept { return path_; }
  /// All endpoints of the address, by the system's resolver; none if it finds none.
  std::vector<Endpoint> endpoints(asio::io_context& context, error_code& error) const {
    if (is_path()) return {asio::local::stream_protocol::endpoint{path_}};
    std::vector<Endpoint> all;
    for (const auto& entry : asio::ip::tcp::resolver{context}.resolve(host_, port_, error))
      all.emplace_back(entry.endpoint());
    return all;
  }
  /// Whether only programs on this machine can reach it. Throws TcpError if the host does not
  /// exist.
  bool is_local(asio::io_context& context) const {
    if (is_path()) return true;
    error_code error;
    const auto found = asio::ip::tcp::resolver{context}.resolve(host_, port_, error);
    if (found.empty()) throw no_such_host(error);
    for (const auto& entry : found) {
      if (!entry.endpoint().address().is_loopback()) return false;
    }
    return true;
  }
  /// The reason why no hub can ever listen there; empty if one can.
  std::string obstacle() const {
    std::error_code unknown;
    const auto there = std::filesystem::status(path_, unknown);
    if (!is_path() || !std::filesystem::exists(there) || std::filesystem::is_socket(there))
      return {};
    return "Tcp::address = " + text_ + ": there is a " +
           (std::filesystem::is_directory(there) ? "directory" : "file") +
           ", expected a hub's socket, or nothing";
  }
  TcpError no_such_host(const error_code& error) const {
    return TcpError{"Tcp::address = " + text_ + ": there is no such host: " + error.message()};
  }

 private:
  std::string text_, host_, port_, path_;
};

/// A wrapper around a transport's connections: TLS, see transport/tls.hpp.
class StreamWrapper {
 public:
  virtual ~StreamWrapper() = default;
  virtual std::unique_ptr<ByteStream> at_worker(std::unique_ptr<PlainStream> plain,
                                                const Address& hub) const = 0;
  virtual std::unique_ptr<ByteStream> at_hub(std::unique_ptr<PlainStream> plain) const = 0;
};

/// The stream of a connection, with TLS around it if the options have it.
template <class Options>
std::unique_ptr<ByteStream> open_at_worker(const Options& options,
                                           std::unique_ptr<PlainStream> plain) {
  if (options.tls && plain)
    return options.tls->at_worker(std::move(plain), Address{options.address});
  return plain;
}
template <class Options>
std::unique_ptr<ByteStream> open_at_hub(const Options& options,
                                        std::unique_ptr<PlainStream> plain) {
  if (options.tls) return options.tls->at_hub(std::move(plain));
  return plain;
}

/// Null if no connection is made before the deadline or the stop; `error` is the reason.
inline std::unique_ptr<PlainStream> connect(asio::io_context& context, const Address& address,
                                            Time deadline, error_code& error,
                                            const std::stop_token& stop = {}) {
  for (const Endpoint& endpoint : address.endpoints(context, error)) {
    Socket socket{context};
    socket.open(endpoint.protocol(), error);
    if (error) continue;
    socket.non_blocking(true, error);
    // Asio's own connect() has no timeout.
    const auto size = static_cast<::socklen_t>(endpoint.size());
    int code = ::connect(socket.native_handle(), endpoint.data(), size) == 0 ? 0 : errno;
    if (code == EINPROGRESS) {
      ::pollfd one{socket.native_handle(), POLLOUT, 0};
      constexpr std::chrono::milliseconds longest{50};
      for (auto left = longest; one.revents == 0 && left.count() > 0 && !stop.stop_requested();) {
        left = std::chrono::ceil<std::chrono::milliseconds>(
            std::clamp<Clock::duration>(deadline - Clock::now(), {}, longest));
        ::poll(&one, 1, static_cast<int>(left.count()));
      }
      ::socklen_t length = sizeof code;
      if ((one.revents & POLLOUT) == 0)
        code = ETIMEDOUT;
      else
        ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &code, &length);
    }
    error = {code, boost::system::system_category()};
    if (!error) return std::make_unique<PlainStream>(std::move(socket));
  }
  if (!error) error = asio::error::host_not_found;
  return nullptr;
}

/// Throws TcpError.
inline Acceptor listen(asio::io_context& context, const Address& address) {
  error_code error;
  const auto all = address.endpoints(context, error);
  const std::string here = "Tcp::address = " + address.text() + ": ";
  if (all.empty()) throw address.no_such_host(error);
  const Endpoint& endpoint = all.front();
  Acceptor acceptor{context};
  const auto bind = [&] {
    acceptor.open(endpoint.protocol(), error);
    if (!error && !address.is_path())
      acceptor.set_option(asio::socket_base::reuse_address{true}, error);
    if (!error) acceptor.bind(endpoint, error);
  };
  bind();
  if (error && !address.obstacle().empty()) throw TcpError{address.obstacle()};
  std::error_code problem;
  if (error == asio::error::address_in_use && address.is_path()) {
    error_code refused;  // the socket of a killed hub does not answer
    if (!connect(context, address, Clock::now() + std::chrono::seconds{1}, refused) &&
        refused == asio::error::connection_refused) {
      std::filesystem::remove(address.path(), problem);
      if (problem)
        throw TcpError{here + "the socket of a killed hub cannot be removed: " + problem.message()};
      acceptor.close(error);
      bind();
    }
  }
  if (!error && address.is_path())
    std::filesystem::permissions(
        address.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
        problem);
  if (problem) throw TcpError{here + "cannot be protected from other users: " + problem.message()};
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error == asio::error::address_in_use)
    throw TcpError{here +
                   "another program, such as the hub of another run, already listens there; "
                   "give this run an address of its own, which Tcp::from_environment() "
                   "takes from TRIBUTARY_ADDRESS"};
  if (error) throw TcpError{here + "cannot listen there: " + error.message()};
  return acceptor;
}

}  // namespace detail
}  // namespace tributary::inline v0_1
