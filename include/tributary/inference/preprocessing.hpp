#pragma once

#include <tributary/data/preprocessing.hpp>  // where it is now
