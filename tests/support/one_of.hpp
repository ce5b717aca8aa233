#pragma once

#include <span>
#include <stop_token>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/simulated.hpp>
#include <tributary/transport/tcp.hpp>
#include <variant>

namespace tributary::test {

template <Real S>
struct OneOfCarriers {
  std::variant<InProcess, Simulated<>, TcpSession<S>> chosen;

  Topology topology() const {
    return std::visit([](const auto& each) { return each.topology(); }, chosen);
  }
  Delivery run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
               const std::stop_token& stop) const {
    return std::visit([&](const auto& each) { return each.run(center, local, stop); }, chosen);
  }
};
/// Any of the library's transports, so that a rule is compiled once.
struct OneOf {
  std::variant<InProcess, Simulated<>, Tcp> chosen;

  static constexpr bool supports(Schedule) { return true; }
  void validate() const {
    std::visit([](const auto& each) { each.validate(); }, chosen);
  }
  Topology topology() const {
    return std::visit([](const auto& each) { return each.topology(); }, chosen);
  }
  template <Real S>
  OneOfCarriers<S> meet(const RunPlan& plan, const Vector<S>& initial,
                        const std::stop_token& stop = {}) const {
    if (const Tcp* const tcp = std::get_if<Tcp>(&chosen)) return {tcp->meet(plan, initial, stop)};
    if (const InProcess* const threads = std::get_if<InProcess>(&chosen)) return {*threads};
    return {std::get<Simulated<>>(chosen)};
  }
};

}  // namespace tributary::test
