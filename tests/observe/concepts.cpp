// The policies of this folder model their concepts.
#include <tributary/observe/history.hpp>
#include <tributary/observe/progress.hpp>
#include <tributary/observe/stop_at_loss.hpp>
#include <tributary/observe/timeline.hpp>

using namespace tributary;

static_assert(Observer<History, float>);
static_assert(Observer<Progress, float>);
static_assert(Observer<StopAtLoss, float>);
static_assert(Observer<Timeline, float>);
