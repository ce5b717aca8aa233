#pragma once

#include <string>
#include <tributary/tributary.hpp>

#include "run.hpp"

/// Training and test events, ready to be learned. Weights only for the AMS.
struct Sample {
  tributary::Events training, test;
  tributary::Vector<float> training_weights = {}, test_weights = {};
  std::string ams_note = {};
};

/// Writes the report of a training and the metrics on the test events into `run`.
template <class Net>
void judge(const tributary::Trained<Net>& trained, const Sample& sample, Run& run) {
  using namespace tributary;
  const auto scores = predict(trained, sample.test);
  run.report = trained.report;
  run.accuracy = accuracy(scores, sample.test);
  run.f1 = f1(scores, sample.test, Average::weighted);
  if (sample.test.classes.size() == 2) run.auc = roc_auc(scores, sample.test);
  if (sample.test_weights.size() > 0) {
    Events training = sample.training, test = sample.test;
    training.weights = sample.training_weights;
    test.weights = sample.test_weights;
    run.ams = ams(scores, test, best_ams(predict(trained, sample.training), training).threshold);
  }
}
