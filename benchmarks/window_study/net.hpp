#pragma once

#include <memory>
#include <tributary/core/random.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <utility>

/// A net whose layers are compiled in a file of their own, and the trainers only once for all nets:
/// tributary::Model behind virtual functions. A call is for a whole batch, so it costs nothing.
class Net {
 public:
  using Scalar = float;
  using Batch = tributary::EventBatch<float>;

  template <class M>
  explicit Net(M model) : layers_{std::make_unique<Layers<M>>(std::move(model))} {}
  Net(Net&&) noexcept = default;
  Net(const Net& other) : layers_{other.layers_->clone()} {}
  Net& operator=(Net other) noexcept {
    layers_ = std::move(other.layers_);
    return *this;
  }

  tributary::Index parameter_count() const { return layers_->parameter_count(); }
  void initialize(tributary::View<float> out, tributary::Rng& rng) const {
    layers_->initialize(out, rng);
  }
  tributary::Loss loss_and_gradient(tributary::ConstView<float> parameters, const Batch& batch,
                                    tributary::View<float> gradient) {
    return layers_->loss_and_gradient(parameters, batch, gradient);
  }
  tributary::Matrix<float> predict(tributary::ConstView<float> parameters,
                                   tributary::ConstMatrixView<float> features) const {
    return layers_->predict(parameters, features);
  }

 private:
  struct AnyLayers {
    virtual ~AnyLayers() = default;
    virtual std::unique_ptr<AnyLayers> clone() const = 0;
    virtual tributary::Index parameter_count() const = 0;
    virtual void initialize(tributary::View<float>, tributary::Rng&) const = 0;
    virtual tributary::Loss loss_and_gradient(tributary::ConstView<float>, const Batch&,
                                              tributary::View<float>) = 0;
    virtual tributary::Matrix<float> predict(tributary::ConstView<float>,
                                             tributary::ConstMatrixView<float>) const = 0;
  };
  template <class M>
  struct Layers final : AnyLayers {
    explicit Layers(M m) : model{std::move(m)} {}
    std::unique_ptr<AnyLayers> clone() const override { return std::make_unique<Layers>(model); }
    tributary::Index parameter_count() const override { return model.parameter_count(); }
    void initialize(tributary::View<float> out, tributary::Rng& rng) const override {
      model.initialize(out, rng);
    }
    tributary::Loss loss_and_gradient(tributary::ConstView<float> parameters, const Batch& batch,
                                      tributary::View<float> gradient) override {
      return model.loss_and_gradient(parameters, batch, gradient);
    }
    tributary::Matrix<float> predict(tributary::ConstView<float> parameters,
                                     tributary::ConstMatrixView<float> features) const override {
      return model.predict(parameters, features);
    }
    M model;
  };
  std::unique_ptr<AnyLayers> layers_;
};

Net small_net();      ///< 784-128-64-10
Net published_net();  ///< 784-1000-250-10
