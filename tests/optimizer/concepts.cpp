// The policies of this folder model their concepts.
#include <tributary/optimizer/adadelta.hpp>
#include <tributary/optimizer/adagrad.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/adamax.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/constant.hpp>
#include <tributary/optimizer/cosine_decay.hpp>
#include <tributary/optimizer/exponential_decay.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/nadam.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/plateau.hpp>
#include <tributary/optimizer/rms_prop.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/step_decay.hpp>
#include <tributary/optimizer/warm_up.hpp>

using namespace tributary;

static_assert(LocalOptimizer<Adadelta, float> && LocalOptimizer<Adadelta, double>);
static_assert(LocalOptimizer<Adagrad, float> && LocalOptimizer<Adagrad, double>);
static_assert(LocalOptimizer<Adam, float> && LocalOptimizer<Adam, double>);
static_assert(LocalOptimizer<AdamW, float> && LocalOptimizer<AdamW, double>);
static_assert(LocalOptimizer<Adamax, float> && LocalOptimizer<Adamax, double>);
static_assert(GradientClip<ClipNorm, float> && GradientClip<ClipNorm, double>);
static_assert(GradientClip<ClipValue, float> && GradientClip<ClipValue, double>);
static_assert(LearningRateSchedule<Constant>);
static_assert(LearningRateSchedule<CosineDecay>);
static_assert(LearningRateSchedule<ExponentialDecay>);
static_assert(LocalOptimizer<Momentum, float> && LocalOptimizer<Momentum, double>);
static_assert(LocalOptimizer<Nadam, float> && LocalOptimizer<Nadam, double>);
static_assert(LocalOptimizer<Nesterov, float> && LocalOptimizer<Nesterov, double>);
static_assert(LearningRateSchedule<Plateau> && ObservesLoss<PlateauState>);
static_assert(LocalOptimizer<RmsProp, float> && LocalOptimizer<RmsProp, double>);
static_assert(LocalOptimizer<Sgd, float> && LocalOptimizer<Sgd, double>);
static_assert(LearningRateSchedule<StepDecay>);
static_assert(LearningRateSchedule<WarmUp<>>);
