// The policies of this folder model their concepts.
#include <tributary/rule/adag.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/moving_average.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>

using namespace tributary;

static_assert(UpdateRule<Adag, float> && UpdateRule<Adag, double>);
static_assert(UpdateRule<AsynchronousSgd, float> && UpdateRule<AsynchronousSgd, double>);
static_assert(UpdateRule<Averaging, float> && UpdateRule<Averaging, double>);
static_assert(UpdateRule<DcAsgd, float> && UpdateRule<DcAsgd, double>);
static_assert(UpdateRule<DiLoCo<>, float> && UpdateRule<DiLoCo<>, double>);
static_assert(UpdateRule<Downpour, float> && UpdateRule<Downpour, double>);
static_assert(UpdateRule<DynSgd, float> && UpdateRule<DynSgd, double>);
static_assert(BringsOptimizer<Eamsgd, float> && BringsOptimizer<Eamsgd, double>);
static_assert(UpdateRule<Easgd, float> && UpdateRule<SynchronousEasgd, double>);
static_assert(EnsembleRule<Independent, float> && EnsembleRule<Independent, double>);
static_assert(UpdateRule<MovingAverage<Easgd>, float> && UpdateRule<MovingAverage<Easgd>, double>);
static_assert(UpdateRule<ParameterDistance, float> && UpdateRule<ParameterDistance, double>);
static_assert(UpdateRule<Ssp, float> && UpdateRule<Ssp, double>);
static_assert(UpdateRule<SynchronousSgd, float> && UpdateRule<SynchronousSgd, double>);
