#pragma once

#include <span>
#include <tributary/inference/predictor_class.hpp>

#include "net.hpp"

/// The class of an event, whose features are as they were measured.
int answer(const tributary::Predictor<Net>& predictor, std::span<const float> features) noexcept;
