// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/data/preprocessing.hpp>  // where it is now
