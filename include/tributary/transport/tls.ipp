// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/file.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/tls.hpp>
#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

namespace tributary::inline v0_1 {

namespace detail {

/// Reasons for rejecting a certificate: X509_V_ERR_...
class CertificateCategory : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "tributary.certificate"; }
  std::string message(int code) const override {
    return std::string{"certificate verify failed: "} + ::X509_verify_cert_error_string(code);
  }
};
inline const boost::system::error_category& certificate_category() {
  static const CertificateCategory category;
  return category;
}

/// One end of a TLS connection. The first reads and writes perform the handshake.
///
/// Asio's own stream does not support non-blocking sockets: it loses bytes when a call would block.
class TlsStream : public ByteStream {
 public:
  TlsStream(std::unique_ptr<PlainStream> plain, ::SSL_CTX* context)
      : plain_{std::move(plain)}, ssl_{::SSL_new(context)} {
    ::BIO* const bio = ssl_ ? ::BIO_new(method()) : nullptr;
    if (!bio) throw std::bad_alloc{};
    ::BIO_set_data(bio, this);
    ::BIO_set_init(bio, 1);
    ::SSL_set_bio(ssl_.get(), bio, bio);
    ::SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  TlsStream(TlsStream&&) = delete;  // the BIO points here

  ::SSL* native_handle() noexcept { return ssl_.get(); }

  std::size_t read_some(std::span<const asio::mutable_buffer> to, error_code& error) override {
    std::size_t bytes = 0;
    ::ERR_clear_error();
    const auto first =
        std::ranges::find_if(to, [](const auto& buffer) { return buffer.size() > 0; });
    if (::SSL_read_ex(ssl_.get(), first->data(), first->size(), &bytes) != 1) error = failure();
    return bytes;
  }
  std::size_t write(std::span<const asio::const_buffer> from, error_code& error) override {
    std::size_t total = 0;
    for (asio::const_buffer rest : from) {
      while (rest.size() > 0) {  // one record at a time
        std::size_t bytes = 0;
        ::ERR_clear_error();
        if (::SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &bytes) != 1) {
          error = failure();
          if (error) hear_why(error);
          return total;
        }
        rest += bytes;
        total += bytes;
      }
    }
    return total;
  }
  bool waits_for_room() const override { return ::SSL_is_init_finished(ssl_.get()) == 1; }
  bool refused() const override {
    return broken_.category() == certificate_category() ||
           broken_.category() == asio::error::get_ssl_category();
  }
  void shutdown() noexcept override {
    ::ERR_clear_error();
    // Announces the end of the stream, without waiting for the answer.
    if (!broken_ && ::SSL_is_init_finished(ssl_.get()) == 1) ::SSL_shutdown(ssl_.get());
    plain_->shutdown();
  }
  int descriptor() override { return plain_->descriptor(); }

 private:
  struct Free {
    void operator()(::SSL* ssl) const noexcept { ::SSL_free(ssl); }
    void operator()(::BIO_METHOD* method) const noexcept { ::BIO_meth_free(method); }
  };

  /// After a call that moved no bytes: the reason, unless it would block.
  error_code failure() {
    switch (::SSL_get_error(ssl_.get(), 0)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return {};
      case SSL_ERROR_ZERO_RETURN:
        return broken_ = asio::error::eof;
      default:
        break;
    }
    const unsigned long code = ::ERR_get_error();
    const long verdict = ::SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
      broken_ = {static_cast<int>(verdict), certificate_category()};
    else if (code != 0)
      broken_ = {static_cast<int>(code), asio::error::get_ssl_category()};
    return broken_;
  }
  /// A peer that can no longer be written to may have sent the reason before it closed.
  void hear_why(error_code& error) {
    std::byte unwanted;
    std::size_t bytes = 0;
    ::ERR_clear_error();
    if (::SSL_read_ex(ssl_.get(), &unwanted, 1, &bytes) != 1 && ::ERR_peek_error() != 0)
      error = failure();
  }

  // OpenSSL calls these functions to move its records.

  static const ::BIO_METHOD* method() {
    static const std::unique_ptr<::BIO_METHOD, Free> method = [] {
      std::unique_ptr<::BIO_METHOD, Free> made{
          ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tributary")};
      if (!made) throw std::bad_alloc{};
      ::BIO_meth_set_read(made.get(), [](::BIO* bio, char* to, int size) {
        const std::span bytes{to, static_cast<std::size_t>(size)};
        return move(bio, BIO_FLAGS_READ, [&](PlainStream& plain, error_code& error) {
          return plain.read(std::as_writable_bytes(bytes), error);
        });
      });
      ::BIO_meth_set_write(made.get(), [](::BIO* bio, const char* from, int size) {
        const asio::const_buffer bytes{from, static_cast<std::size_t>(size)};
        return move(bio, BIO_FLAGS_WRITE, [&](PlainStream& plain, error_code& error) {
          return plain.write(std::span{&bytes, 1}, error);
        });
      });
      ::BIO_meth_set_ctrl(made.get(), [](::BIO*, int command, long, void*) -> long {
        return command == BIO_CTRL_FLUSH;
      });
      return made;
    }();
    return method.get();
  }
  template <class Move>
  static int move(::BIO* bio, int direction, const Move& move_bytes) {
    auto& stream = *static_cast<TlsStream*>(::BIO_get_data(bio));
    error_code error;
    const std::size_t bytes = move_bytes(*stream.plain_, error);
    ::BIO_clear_retry_flags(bio);
    if (bytes > 0) return static_cast<int>(bytes);
    if (error)
      stream.broken_ = error;
    else
      ::BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
    return -1;
  }

  std::unique_ptr<PlainStream> plain_;
  std::unique_ptr<::SSL, Free> ssl_;
  error_code broken_;  ///< The reason why the stream is broken.
};

class TlsWrapper : public StreamWrapper {
 public:
  explicit TlsWrapper(const Tls& files) : context_{asio::ssl::context::tlsv13} {
    error_code error;
    const auto load = [&](const std::filesystem::path& path, const std::string& expected,
                          const auto& take) {
      const FileContents file{path};
      take(asio::const_buffer{file.bytes().data(), file.bytes().size()});
      if (error) throw FileError{path.string() + ": expected " + expected + ": " + error.message()};
    };
    load(files.certificate, "certificates in PEM",
         [&](auto pem) { context_.use_certificate_chain(pem, error); });
    load(files.authority, "certificates in PEM",
         [&](auto pem) { context_.add_certificate_authority(pem, error); });
    // OpenSSL would ask for a passphrase at the terminal.
    context_.set_password_callback([](auto, auto) { return std::string{}; });
    load(files.key, "the key of " + files.certificate.string() + ", in PEM without a passphrase",
         [&](auto pem) {
           context_.use_private_key(pem, asio::ssl::context::pem, error);
           if (!error && ::SSL_CTX_check_private_key(context_.native_handle()) != 1)
             error = {static_cast<int>(::ERR_get_error()), asio::error::get_ssl_category()};
         });
    require_private(files.key);
    context_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    ::SSL_CTX* const context = context_.native_handle();
    ::SSL_CTX_set_num_tickets(context, 0);  // sessions are not resumed
    ::SSL_CTX_set_read_ahead(context, 1);   // several records per system call
    ::SSL_CTX_set_default_read_buffer_len(context, std::size_t{1} << 17);
  }

  std::unique_ptr<ByteStream> at_worker(std::unique_ptr<PlainStream> plain,
                                        const Address& hub) const override {
    auto stream = wrap(std::move(plain));
    ::SSL* const ssl = stream->native_handle();
    ::SSL_set_connect_state(ssl);
    if (!hub.is_path() &&
        ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), hub.host().c_str()) != 1 &&
        ::SSL_set1_host(ssl, hub.host().c_str()) != 1)
      throw std::bad_alloc{};
    return stream;
  }
  std::unique_ptr<ByteStream> at_hub(std::unique_ptr<PlainStream> plain) const override {
    auto stream = wrap(std::move(plain));
    ::SSL_set_accept_state(stream->native_handle());
    return stream;
  }

 private:
  std::unique_ptr<TlsStream> wrap(std::unique_ptr<PlainStream> plain) const {
    return std::make_unique<TlsStream>(std::move(plain), context_.native_handle());
  }
  mutable asio::ssl::context context_;  ///< Its handle is not const; it stays as constructed.
};

}  // namespace detail

TRIBUTARY_INLINE Tls::operator std::shared_ptr<const detail::StreamWrapper>() const {
  return std::make_shared<detail::TlsWrapper>(*this);
}

}  // namespace tributary::inline v0_1
