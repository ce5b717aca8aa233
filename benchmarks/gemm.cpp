// The three products of W1's middle layer at batch 32. Another library is one more element of main's
// list.

#include <string>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/vector.hpp>
#include <vector>

#include "contest.hpp"

using tributary::Index;
using Matrix = tributary::Matrix<float>;

#ifdef BENCHMARK_BLAS
extern "C" void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*,
                       const float*, const int*, const float*, const int*, const float*, float*,
                       const int*);
#endif

namespace {

using Product = void (*)(const Matrix& a, const Matrix& b, Matrix& result);
struct Library {
  std::string name;
  Product forward;          ///< y = W x
  Product input_gradient;   ///< dx = Wᵀ dy
  Product weight_gradient;  ///< dW = dy xᵀ
};

/// W and dW are in panels, see DensePart::place. Their values make no difference here.
const Library own{
    "Tributary",
    [](const Matrix& w, const Matrix& x, Matrix& y) {
      tributary::detail::with_kernels([&](auto kernels) {
        kernels.template forward<float>(w.data(), nullptr, w.cols(), w.rows(), x.data(), x.rows(),
                                        x.cols(), y.data(), y.rows());
      });
    },
    [](const Matrix& w, const Matrix& dy, Matrix& dx) {
      static tributary::AlignedVector<float> scratch(
          static_cast<std::size_t>(32 * (w.rows() + w.cols())));
      tributary::detail::with_kernels([&](auto kernels) {
        kernels.template input_gradient<float>(w.data(), w.cols(), w.rows(), dy.data(), dy.rows(),
                                               dy.cols(), dx.data(), dx.rows(), scratch.data());
      });
    },
    [](const Matrix& dy, const Matrix& x, Matrix& dw) {
      tributary::detail::with_kernels([&](auto kernels) {
        kernels.template weight_gradient<float>(dy.data(), dy.rows(), x.data(), x.rows(), x.cols(),
                                                x.rows(), dy.rows(), dw.data(), nullptr, false);
      });
    }};

const Library eigen{
    "Eigen", [](const Matrix& w, const Matrix& x, Matrix& y) { y.noalias() = w * x; },
    [](const Matrix& w, const Matrix& dy, Matrix& dx) { dx.noalias() = w.transpose() * dy; },
    [](const Matrix& dy, const Matrix& x, Matrix& dw) { dw.noalias() = dy * x.transpose(); }};

#ifdef BENCHMARK_BLAS
template <char A, char B>
void multiply(const Matrix& a, const Matrix& b, Matrix& result) {
  const char of_a = A, of_b = B;
  const auto size = [](Index n) { return static_cast<int>(n); };
  const int m = size(result.rows()), n = size(result.cols()),
            k = size(A == 'N' ? a.cols() : a.rows()), lead_a = size(a.rows()),
            lead_b = size(b.rows());
  const float one = 1, zero = 0;
  sgemm_(&of_a, &of_b, &m, &n, &k, &one, a.data(), &lead_a, b.data(), &lead_b, &zero, result.data(),
         &m);
}
const Library blas{BENCHMARK_BLAS, multiply<'N', 'N'>, multiply<'T', 'N'>, multiply<'N', 'T'>};
#endif

/// Products of any matrices of these sizes; each contestant has its own.
Contestant contestant(const std::string& task, const Library& library, Product product, Matrix a,
                      Matrix b, Matrix result) {
  return {"gemm",
          task,
          library.name,
          "products",
          [=]() mutable { return calls_per_second([&] { product(a, b, result); }, 0.05); },
          gigaflop(2e-9 * 500 * 500 * 32)};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Library> libraries{own, eigen};
#ifdef BENCHMARK_BLAS
  libraries.push_back(blas);
#endif
  const Matrix weights = Matrix::Random(500, 500), batch = Matrix::Random(500, 32);
  std::vector<Contestant> contestants;
  for (const Library& each : libraries) {
    contestants.push_back(contestant("forward", each, each.forward, weights, batch, batch));
    contestants.push_back(
        contestant("input gradient", each, each.input_gradient, weights, batch, batch));
    contestants.push_back(
        contestant("weight gradient", each, each.weight_gradient, batch, batch, weights));
  }
  return contest(argc, argv, contestants);
}
