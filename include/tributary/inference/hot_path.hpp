// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/inference/predictor_class.hpp>  // its new name; this one goes with version 0.2
