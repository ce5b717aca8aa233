// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <tributary/core/build.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/detail/pack.hpp>
#include <tributary/inference/detail/stages.hpp>
#include <tributary/inference/predictor_class.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/model.hpp>
#include <tributary/model/sequential.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

// Constructors of Predictor, which is in predictor_class.hpp:
//
//   Predictor predictor{trained, preprocessing};   // result of Trainer::train, and its Preprocessing
//   Predictor predictor{saved};                    // a SavedModel
//   Predictor predictor{SavedModel{trained.model, trained.parameters()}};  // scaled features
//   Predictor<decltype(net), Summation::fixed> predictor{trained, preprocessing};
//
//   predictor.predict(features, scores);           // one event, in any thread

namespace tributary::inline v0_1 {
inline namespace TRIBUTARY_BUILD {

template <class Net, Summation Order, Weights Format>
template <class Trained>
Predictor<Net, Order, Format>::Predictor(const Trained& trained, Simd instructions)
    : Predictor{[&] {
        if constexpr (requires { trained.net; }) {
          return Predictor{trained.net, detail::piece(trained.parameters), trained.preprocessing,
                           instructions};
        } else {
          return Predictor{trained, Preprocessing{}, instructions};
        }
      }()} {
  if constexpr (requires { trained.class_names; }) {
    class_names_ = trained.class_names;
    require(class_names_.empty() || std::ssize(class_names_) == outputs(),
            "Predictor: number of class names", class_names_.size(),
            "0 or " + std::to_string(outputs()) + ", one an output");
    detail::require_all_different(class_names_, "Predictor: class names");
  }
}

template <class Net, Summation Order, Weights Format>
template <class Trained>
Predictor<Net, Order, Format>::Predictor(const Trained& trained, const Preprocessing& preprocessing,
                                         Simd instructions)
    : Predictor{trained.model, detail::piece(trained.parameters()),
                detail::as_trained(trained, preprocessing, "Predictor"), instructions} {
  if constexpr (requires { trained.classes; })
    if (std::ssize(trained.classes) == outputs()) class_names_ = trained.classes;
}

template <class Net, Summation Order, Weights Format>
Predictor<Net, Order, Format>::Predictor(const Net& net, std::span<const S> parameters,
                                         const Preprocessing& preprocessing, Simd instructions)
    : stages_{detail::make_stages<Plan>(net.elements())},
      memory_(std::size_t{Plan::size}),
      missing_{static_cast<S>(preprocessing.missing)},
      instructions_{instructions},
      feature_names_{preprocessing.feature_names} {
  preprocessing.validate(std::size_t{Plan::inputs});
  preprocessing.template require_numbers_of<S>();
  require(std::ssize(parameters) == Net::parameter_count(), "Predictor: number of parameters",
          parameters.size(), std::to_string(Net::parameter_count()));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    require(is_finite(parameters[i]), "Predictor: parameter " + std::to_string(i), parameters[i],
            "finite");

  const detail::Scaling scaling{preprocessing.offset, preprocessing.scale};
  const bool folds = Plan::begins_dense && scaling.foldable();
  prepares_ = !preprocessing.defaults.empty() || !is_nan(preprocessing.missing) ||
              !(folds || scaling.empty());
  detail::pack_all<Plan, Format>(net.elements(), parameters.data(),
                                 folds ? scaling : detail::Scaling{}, memory_.data());
  detail::pack_features<Plan>(preprocessing.defaults, folds ? detail::Scaling{} : scaling,
                              memory_.data() + Plan::offsets[Plan::count]);
  for (const S number : std::span{memory_}.first(std::size_t{Plan::size - Plan::feature_size}))
    require(is_finite(number), "Predictor: a parameter, scaled", number, "finite");
}

template <class Trained>
Predictor(const Trained& trained, Simd instructions = simd())
    -> Predictor<std::remove_cvref_t<decltype(trained.model)>>;
template <Model Net>
Predictor(const SavedModel<Net>& saved, Simd instructions = simd()) -> Predictor<Net>;
template <class Trained, class P>
Predictor(const Trained& trained, const P& preprocessing, Simd instructions = simd())
    -> Predictor<std::remove_cvref_t<decltype(trained.model)>>;

}  // namespace TRIBUTARY_BUILD
}  // namespace tributary::inline v0_1
