// The policies of this folder model their concepts.
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/replayed.hpp>
#include <tributary/transport/simulated.hpp>
#include <tributary/transport/simulated/step_time.hpp>

using namespace tributary;

static_assert(Transport<InProcess, float> && Transport<InProcess, double>);
static_assert(Transport<Replayed, float> && Transport<Replayed, double>);
static_assert(Transport<Simulated<>, float> && Transport<Simulated<ExponentialStep>, double>);
static_assert(StepTime<FixedStep> && StepTime<PerRankStep> && StepTime<ExponentialStep> &&
              StepTime<LogNormalStep> && StepTime<TraceStep>);
