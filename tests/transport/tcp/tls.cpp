#include <tributary/transport/tls.ipp>

#include <doctest/doctest.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <random>
#include <thread>

#include "support/problems.hpp"
#include "support/rules.hpp"

#include <tributary/rule/averaging.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>

namespace fs = std::filesystem;
namespace asio = boost::asio;
using namespace tributary;
using namespace tributary::test;
using detail::ByteStream;
using detail::error_code;

namespace {

struct Folder {
  fs::path path =
      fs::temp_directory_path() / ("tributary_tls_" + std::to_string(std::random_device{}()));
  Folder() { fs::create_directory(path); }
  ~Folder() { fs::remove_all(path); }
};

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<EVP_PKEY> make_key() {
  const Owned<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr)};
  EVP_PKEY* key = nullptr;
  REQUIRE(EVP_PKEY_keygen_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_keygen(context.get(), &key) == 1);
  return Owned<EVP_PKEY>{key};
}
Owned<std::FILE> open_new(const fs::path& path) {
  return Owned<std::FILE>{std::fopen(path.c_str(), "w")};
}

/// Signs certificates, and keeps all files in a folder.
class Authority {
 public:
  Authority(fs::path folder, std::string name)
      : folder_{std::move(folder)}, name_{std::move(name)}, key_{make_key()} {
    certificate_ = make(name_, *key_, NID_basic_constraints, "critical,CA:TRUE", 3600);
    PEM_write_X509(open_new(path()).get(), certificate_.get());
  }
  fs::path path() const { return folder_ / (name_ + ".pem"); }
  /// The certificate files of the process `name`, for these addresses.
  Tls issue(const std::string& name, const char* addresses = "IP:127.0.0.1,DNS:localhost",
            long valid_seconds = 3600) const {
    Tls tls{.certificate = folder_ / (name + ".pem"),
            .key = folder_ / (name + ".key"),
            .authority = path()};
    const Owned<EVP_PKEY> key = make_key();
    const Owned<X509> made = make(name, *key, NID_subject_alt_name, addresses, valid_seconds);
    PEM_write_X509(open_new(tls.certificate).get(), made.get());
    PEM_write_PrivateKey(open_new(tls.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    fs::permissions(tls.key, fs::perms::owner_read | fs::perms::owner_write);
    return tls;
  }

 private:
  Owned<X509> make(const std::string& name, EVP_PKEY& key, int extension, const char* value,
                   long valid_seconds) const {
    const long serial = next_serial_++;
    Owned<X509> made{X509_new()};
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), valid_seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* const issuer = certificate_ ? certificate_.get() : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    X509_set_pubkey(made.get(), &key);
    const Owned<X509_EXTENSION> extra{X509V3_EXT_conf_nid(nullptr, nullptr, extension, value)};
    X509_add_ext(made.get(), extra.get(), -1);
    REQUIRE(X509_sign(made.get(), key_.get(), nullptr) > 0);
    return made;
  }

  fs::path folder_;
  std::string name_;
  Owned<EVP_PKEY> key_;
  Owned<X509> certificate_;
  mutable std::atomic<long> next_serial_ = 1;
};

using Wrapper = std::shared_ptr<const detail::StreamWrapper>;

/// Both ends of a connection in this process.
struct Ends {
  asio::io_context context;
  std::unique_ptr<ByteStream> worker, hub;
  error_code worker_error = {}, hub_error = {};

  Ends(const Tls& at_worker, const Tls& at_hub, const std::string& address) {
    std::array<int, 2> sockets;
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
    const auto plain = [&](int socket) {
      return std::make_unique<detail::PlainStream>(
          detail::Socket{context, asio::local::stream_protocol{}, socket});
    };
    worker = Wrapper { at_worker } -> at_worker(plain(sockets[0]), detail::Address{address});
    hub = Wrapper { at_hub } -> at_hub(plain(sockets[1]));
  }
  /// Works until one of them has an error, and the other had time to receive it.
  void meet() {
    std::array<std::byte, 1> byte{};
    for (int turn = 0; turn < 10; ++turn) {
      if (!worker_error) worker->read(byte, worker_error);
      if (!hub_error) hub->read(byte, hub_error);
    }
  }
};

/// The notices of the hub.
struct Notices {
  std::vector<std::string> texts;
  void on(const Notice& notice) { texts.push_back(notice.text); }
};
Vector<float> train(const Tcp& tcp, Notices& notices) {
  return Trainer{LinearModel<float>{}, tcp, Averaging{.period = 4}, Sgd{.learning_rate = 0.2}}
      .train(line<float>(961), {.epochs = 3, .batch_size = 8, .seed = Seed{42}}, notices)
      .parameters();
}
Vector<float> train(const Tcp& tcp) {
  Notices unread;
  return train(tcp, unread);
}

/// The hub's answer to a peer with other TLS settings.
std::string told_by_hub(const std::string& address, asio::ssl::context& ideas) {
  asio::io_context context;
  error_code error;
  detail::TlsStream stream{detail::connect(context, detail::Address{address},
                                           detail::Clock::now() + std::chrono::seconds{5}, error),
                           ideas.native_handle()};
  SSL_set_connect_state(stream.native_handle());
  std::array<std::byte, 1> byte;
  while (!error) {
    stream.read(byte, error);
    if (!error) detail::wait_for(stream.descriptor(), false, std::chrono::seconds{5});
  }
  return error.message();
}

}  // namespace

TEST_CASE("a run over TLS gives the bits of a plain one") {
  const Folder folder;
  Tcp tcp = Tcp::local(2);
  const Vector<float> plain = train(tcp);
  tcp.tls = Authority{folder.path, "authority"}.issue("everybody");
  CHECK(train(tcp) == plain);
}

TEST_CASE("a worker without the right certificate is refused, and the run goes on") {
  const Folder folder;
  const Authority authority{folder.path, "authority"}, other{folder.path, "other"};
  const std::string address = "unix:" + (folder.path / "hub").string();
  Notices notices;
  Vector<float> center;
  std::jthread hub{[&] {
    const Tcp tcp{
        .role = Tcp::hub, .address = address, .workers = 2, .tls = authority.issue("hub")};
    center = train(tcp, notices);
  }};
  const auto worker = [&](int rank, const Wrapper& tls, double join_seconds) {
    return Tcp{.role = Tcp::worker,
               .address = address,
               .rank = rank,
               .tls = tls,
               .join_seconds = join_seconds};
  };
  std::jthread first{[&] { train(worker(0, authority.issue("first"), 60)); }};
  const auto why = [&](const Wrapper& tls, double join_seconds) -> std::string {
    try {
      train(worker(1, tls, join_seconds));
    } catch (const TcpError& error) {
      return error.what();
    }
    return "it was let in";
  };
  while (!fs::exists(folder.path / "hub")) std::this_thread::yield();

  Tls stranger = other.issue("stranger");
  stranger.authority = authority.path();
  const std::string cannot = "Tcp: cannot communicate with the hub at " + address + ": ";
  CHECK(why(stranger, 60) == cannot + "tlsv1 alert unknown ca");
  CHECK(why(authority.issue("late", "DNS:late", -60), 60) ==
        cannot + "sslv3 alert certificate expired");
  CHECK(why(nullptr, 0.2).find("Tcp: no hub at " + address) == 0);

  asio::ssl::context nameless{asio::ssl::context::tlsv13};
  CHECK(told_by_hub(address, nameless).find("certificate required") != std::string::npos);
  asio::ssl::context old{asio::ssl::context::tlsv12};
  const Tls right = authority.issue("old");
  old.use_certificate_chain_file(right.certificate.string());
  old.use_private_key_file(right.key.string(), asio::ssl::context::pem);
  CHECK(told_by_hub(address, old).find("alert protocol version") != std::string::npos);

  train(worker(1, authority.issue("second"), 60));
  first.join();
  hub.join();
  CHECK(center == train(Tcp::local(2)));
  const auto noticed = [&](const std::string& reason) {
    return std::ranges::any_of(notices.texts, [&](const std::string& text) {
      return text.find("refused a local process: " + reason) == 0;
    });
  };
  CHECK(noticed("certificate verify failed: unable to get local issuer certificate"));
  CHECK(noticed("certificate verify failed: certificate has expired"));
  CHECK(noticed("peer did not return a certificate"));
  CHECK(noticed("wrong version number"));
  CHECK(noticed("unsupported protocol"));
}

TEST_CASE("a worker refuses a hub with another name or authority") {
  const Folder folder;
  const Authority authority{folder.path, "authority"}, other{folder.path, "other"};
  const Tls worker = authority.issue("worker");
  const auto refusal = [&](const Tls& hub, const std::string& address) {
    Ends ends{worker, hub, address};
    ends.meet();
    return ends.worker_error.message();
  };
  const Tls hub = authority.issue("hub", "IP:10.1.2.3,IP:fd00::7,DNS:hub.example.org");
  const std::string none = error_code{}.message(), verify = "certificate verify failed: ";
  CHECK(refusal(hub, "10.1.2.3:7070") == none);
  CHECK(refusal(hub, "[fd00::7]:7070") == none);
  CHECK(refusal(hub, "hub.example.org:7070") == none);
  CHECK(refusal(hub, "unix:/tmp/hub") == none);
  for (const std::string host : {"127.0.0.1", "[fd00::8]"})
    CHECK(refusal(hub, host + ":7070").find(verify + "IP address mismatch") == 0);
  for (const std::string host : {"hub", "example.org", "hub.example.org.evil"})
    CHECK(refusal(hub, host + ":7070").find(verify) == 0);
  Tls impostor = other.issue("impostor", "IP:10.1.2.3");
  impostor.authority = authority.path();
  CHECK(refusal(impostor, "10.1.2.3:7070") == verify + "unable to get local issuer certificate");
  CHECK(refusal(authority.issue("old", "IP:10.1.2.3", -60), "10.1.2.3:7070") ==
        verify + "certificate has expired");
}

TEST_CASE("no byte is lost when a stream would block") {
  const Folder folder;
  const Tls tls = Authority{folder.path, "authority"}.issue("both");
  Ends ends{tls, tls, "localhost:1"};
  constexpr std::size_t size = 3'000'017;
  struct Way {
    ByteStream *from, *to;
    std::vector<std::byte> sent, received;
    std::size_t written = 0, read = 0;
  };
  std::array ways{Way{ends.worker.get(), ends.hub.get(), {}, {}},
                  Way{ends.hub.get(), ends.worker.get(), {}, {}}};
  std::mt19937 random{7};
  for (Way& way : ways) {
    way.sent.resize(size);
    way.received.resize(size);
    for (std::byte& byte : way.sent) byte = static_cast<std::byte>(random());
  }
  error_code error;
  std::size_t blocked = 0;
  const auto step = [&](Way& way) {
    // A header of 64 bytes and its payload, each time at another position.
    constexpr std::size_t frame = 100'000;
    const std::size_t end = std::min(size, way.written - way.written % frame + frame);
    const std::vector<std::byte> copy(way.sent.begin() + static_cast<std::ptrdiff_t>(way.written),
                                      way.sent.begin() + static_cast<std::ptrdiff_t>(end));
    const std::size_t head =
        std::min(copy.size(), 64 - std::min<std::size_t>(64, way.written % frame));
    const std::array buffers{asio::const_buffer{copy.data(), head},
                             asio::const_buffer{copy.data() + head, copy.size() - head}};
    const std::size_t bytes = way.from->write(buffers, error);
    way.written += bytes;
    blocked += bytes < copy.size();
    for (int reads = 0; reads < 5 && !error; ++reads) {
      const std::size_t most = std::min<std::size_t>(1 + random() % 30'000, size - way.read);
      if (most > 0)
        way.read += way.to->read(std::span{way.received}.subspan(way.read, most), error);
    }
  };
  while (!error && (ways[0].read < size || ways[1].read < size)) {
    step(ways[0]);
    if (!error) step(ways[1]);
  }
  REQUIRE(!error);
  CHECK(blocked > 20);
  for (const Way& way : ways) CHECK(way.received == way.sent);

  std::array<std::byte, 1> byte;
  ends.worker->shutdown();
  ends.hub->read(byte, error);
  CHECK(error == asio::error::eof);
}

TEST_CASE("files that are missing or do not belong together are named") {
  const Folder folder;
  const Authority authority{folder.path, "authority"};
  const Tls right = authority.issue("right");
  const Tls other = authority.issue("other");
  const auto why = [](const Tls& tls) -> std::string {
    try {
      static_cast<void>(Wrapper{tls});
    } catch (const FileError& error) {
      return error.what();
    }
    return "nothing";
  };
  CHECK(why(right) == "nothing");
  const fs::path absent = folder.path / "absent.pem";
  CHECK(why({absent, right.key, right.authority}).find(absent.string() + ": cannot be opened") ==
        0);
  CHECK(why({right.certificate, absent, right.authority}).find(absent.string()) == 0);
  CHECK(why({right.certificate, right.key, absent}).find(absent.string()) == 0);
  CHECK(why({right.certificate, right.key, folder.path}).find(folder.path.string()) == 0);
  CHECK(why({right.key, right.key, right.authority})
            .find(right.key.string() + ": expected certificates in PEM") == 0);
  CHECK(why({right.certificate, right.key, right.key})
            .find(right.key.string() + ": expected certificates in PEM") == 0);
  const std::string of_certificate = ": expected the key of " + right.certificate.string();
  for (const fs::path& key : {other.key, right.certificate})
    CHECK(why({right.certificate, key, right.authority}).find(key.string() + of_certificate) == 0);

  const fs::path locked = folder.path / "locked.key";
  std::string passphrase = "passphrase";
  PEM_write_PrivateKey(open_new(locked).get(), make_key().get(), EVP_aes_128_cbc(),
                       reinterpret_cast<unsigned char*>(passphrase.data()),
                       static_cast<int>(passphrase.size()), nullptr, nullptr);
  CHECK(why({right.certificate, locked, right.authority}).find(locked.string() + of_certificate) ==
        0);
}

TEST_CASE("a key that others may use is refused") {
  const Folder folder;
  const Tls tls = Authority{folder.path, "authority"}.issue("careless");
  CHECK_NOTHROW(static_cast<void>(Wrapper{tls}));
  fs::permissions(tls.key, fs::perms::group_read, fs::perm_options::add);
  CHECK_THROWS_WITH_AS(static_cast<void>(Wrapper{tls}),
                       doctest::Contains(("chmod 600 " + tls.key.string()).c_str()), FileError);
}

TEST_CASE("a hub that others can reach needs no secret if it has TLS") {
  const Folder folder;
  const RunPlan plan{{{{"parameters", "1"}}}, [](int) { return Ledger{{}, 1, false}; }};
  Tcp tcp{.role = Tcp::hub, .address = "0.0.0.0:0"};
  CHECK_THROWS_AS(tcp.meet(plan, Vector<float>{}), std::invalid_argument);
  tcp.tls = Authority{folder.path, "authority"}.issue("hub");
  CHECK_NOTHROW(tcp.meet(plan, Vector<float>{}));
}
