#pragma once

#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <vector>

/// The samples for the tests of the metrics. The expected numbers beside them are those of
/// scikit-learn 1.2, given the same labels, scores and sample_weight.
template <tributary::Real S>
struct Sample {
  tributary::Matrix<S> scores;
  tributary::BasicEvents<S> truth;

  Sample unweighted() const {
    Sample copy = *this;
    copy.truth.weights.resize(0);
    return copy;
  }
};

/// Twelve events of three classes, two of negative weight. The classes of event 8 tie.
template <tributary::Real S>
Sample<S> three_classes() {
  tributary::Matrix<double> scores(3, 12);
  scores << .7, .3, .2, .5, .4, .6, .3, .1, .4, .5, .1, .1,  //
      .2, .6, .3, .3, .5, .1, .3, .8, .4, .4, .3, .1,        //
      .1, .1, .5, .2, .1, .3, .4, .1, .2, .1, .6, .8;
  tributary::Vector<double> weights(12);
  weights << 1, 2, .5, 1.5, -.25, 1, 3, .75, 1, -.5, 2, 1.25;
  return {scores.cast<S>(),
          {.labels = {0, 1, 2, 2, 1, 0, 0, 1, 2, 0, 1, 2}, .weights = weights.cast<S>()}};
}

/// Ten events of two classes, with the score of class 1 only; some scores are equal.
template <tributary::Real S>
Sample<S> two_classes() {
  tributary::Matrix<double> scores(1, 10);
  scores << .1, .8, .4, .4, .6, .7, .2, .9, .5, .5;
  tributary::Vector<double> weights(10);
  weights << 1, 2, .5, 1.5, .25, 1, 3, .75, 1, .5;
  return {scores.cast<S>(),
          {.labels = {0, 1, 1, 0, 1, 0, 0, 1, 1, 0}, .weights = weights.cast<S>()}};
}
