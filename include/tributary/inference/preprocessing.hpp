// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/data/preprocessing.hpp>  // its new place; this one goes with version 0.2
