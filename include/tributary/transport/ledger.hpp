#pragma once
#include <cstdint>
#include <optional>
#include <vector>
namespace tributary {
struct Lease { int share = 0; std::uint64_t begin = 0, end = 0; };
class Ledger {
 public:
  explicit Ledger(std::vector<std::uint64_t> steps) { for (std::size_t i = 0; i < steps.size(); ++i) leases_.push_back({static_cast<int>(i), 0, steps[i]}); }
  void begin(int) {}
  void merged(int w, std::uint64_t n) { leases_[static_cast<std::size_t>(w)].begin += n; }
  void lose(int) {}
  std::optional<Lease> next(int) { return std::nullopt; }
  Lease lease(int w) const { return leases_[static_cast<std::size_t>(w)]; }
  bool spent(int w) const { return lease(w).begin >= lease(w).end; }
  bool finished() const { for (auto& l : leases_) if (l.begin < l.end) return false; return true; }
 private:
  std::vector<Lease> leases_;
};
}
