// The policies of this folder model their concepts.
#include <tributary/model/activations.hpp>
#include <tributary/model/batch_norm.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/hinge.hpp>
#include <tributary/model/regression.hpp>

using namespace tributary;

static_assert(Elementwise<Linear> && Elementwise<Relu> && Elementwise<LeakyRelu> &&
              Elementwise<Elu> && Elementwise<Tanh> && Elementwise<Sigmoid> &&
              Elementwise<HardSigmoid> && Elementwise<Swish> && Elementwise<Softplus>);
static_assert(LayerPart<BatchNormPart<float, Shape{2, 3, 4}>, float>);
static_assert(ClassifyingHead<SoftmaxCrossEntropy>);
static_assert(ClassifyingHead<SigmoidCrossEntropy>);
static_assert(LayerPart<DensePart<float, 2, 3>, float> &&
              LayerPart<DensePart<double, 2, 3>, double>);
static_assert(ClassifyingHead<Hinge>);
static_assert(Head<MeanSquaredError>);
static_assert(Head<MeanAbsoluteError>);
