// Training, reading and metrics under floating-point traps, if the system has them, and all bits of
// the figures. So no part raises an exception that a physicist's program traps, and programs of
// different builds can be compared.
#if defined(__GLIBC__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <fenv.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <tributary/tributary.hpp>
#include <vector>

using namespace tributary;

namespace {

void print(const std::string& name, double figure) { std::printf("%s %a\n", name.c_str(), figure); }
template <class Derived>
void print(const std::string& name, const Eigen::DenseBase<Derived>& figures) {
  double sum = 0;
  for (Index i = 0; i < figures.rows(); ++i)
    for (Index k = 0; k < figures.cols(); ++k)
      sum += static_cast<double>(figures(i, k)) / static_cast<double>(1 + i + 7 * k);
  print(name, sum);
}

template <class S>
BasicEvents<S> drawn(Index features, Index count) {
  BasicEvents<S> events;
  events.features.resize(features, count);
  Rng rng = Seed{7}.rng();
  for (Index i = 0; i < count; ++i) {
    for (Index k = 0; k < features; ++k) events.features(k, i) = static_cast<S>(normal(rng));
    events.labels.push_back(events.features(0, i) + events.features(1, i) > 0);
  }
  events.classes = {"background", "signal"};
  return events;
}

const Sequential small{Dense<3, 4>{}, Tanh{}, Dense<4, 2>{}, SoftmaxCrossEntropy{}};
const TrainOptions options{.epochs = 2, .batch_size = 5, .seed = Seed{3}};

void train(const std::string& name, const auto& events, const auto& net,
           const auto&... rule_and_optimizer) {
  Simulated cluster{.workers = 2, .step_time = ExponentialStep{.mean_seconds = 1e-3}};
  cluster.link = {.latency_seconds = 1e-4, .bytes_per_second = 1e6, .loss = 0.01};
  const auto trained = Trainer{net, cluster, rule_and_optimizer...}.train(events, options);
  print(name, trained.parameters());
}

template <class S>
void activations() {
  const auto of = [](const std::string& name, const auto& activation) {
    auto part = detail::make_part<S, Shape{19}>(activation);
    for (const S size : {S(0), S(1e-6), S(1), S(100), S(3000)}) {  // to the ends of exp
      Matrix<S> numbers = size * drawn<S>(19, 2).features, result = numbers;
      const ConstBlock<S> x{numbers.data(), 19, 2, Eigen::OuterStride<>{19}};
      Block<S> y{result.data(), 19, 2, Eigen::OuterStride<>{19}};
      part.forward(static_cast<const S*>(nullptr), x, y);
      print(name, result);
      Matrix<S> slopes = Matrix<S>::Ones(19, 2);
      Block<S> dy{slopes.data(), 19, 2, Eigen::OuterStride<>{19}};
      part.propagate(static_cast<const S*>(nullptr), x, y, dy, dy);
      print(name, slopes);
    }
  };
  of("linear", Linear{});
  of("relu", Relu{});
  of("leaky", LeakyRelu{});
  of("elu", Elu{});
  of("tanh", Tanh{});
  of("sigmoid", Sigmoid{});
  of("hard", HardSigmoid{});
  of("swish", Swish{});
  of("softplus", Softplus{});
}

void images() {
  const Sequential net{Image<8, 8, 2>{}, Conv2D<5, 3>{},        BatchNorm{}, Relu{},
                       MaxPool2D<2>{},   AveragePool2D<2, 1>{}, Flatten{},   Dropout{},
                       Dense<20, 2>{},   SoftmaxCrossEntropy{}};
  train("images", drawn<float>(8 * 8 * 2, 30), net, Averaging{}, Adam{});
  const Sequential by_winograd{Image<6, 6, 16>{}, Conv2D<16, 3>{}, Flatten{}, Dense<256, 2>{},
                               SoftmaxCrossEntropy{}};
  train("Winograd", drawn<float>(6 * 6 * 16, 30), by_winograd, Averaging{}, Adam{});
}

void heads() {
  const auto events = drawn<float>(3, 40);
  const auto of = [&](const std::string& name, const auto& head) {
    Sequential net{Dense<3, 2>{}, head};
    Vector<float> parameters(net.parameter_count()), gradient = parameters;
    Rng rng = Seed{2}.rng();
    net.initialize(parameters, rng);
    for (const float size : {0.0f, 1.0f, 1e4f}) {
      EventBatch<float> batch;
      batch.features = size * events.features;
      batch.targets = (events.features.topRows(2).array() > 0).template cast<float>();
      print(name, net.loss_and_gradient(parameters, batch, gradient));
      print(name, gradient);
      print(name, net.predict(parameters, batch.features));
    }
  };
  of("softmax", SoftmaxCrossEntropy{});
  of("sigmoids", SigmoidCrossEntropy{});
  of("squares", MeanSquaredError{});
  of("magnitudes", MeanAbsoluteError{});
}

#ifndef EIGEN_DEFAULT_TO_ROW_MAJOR  // rules and optimizers see vectors, which have one order
template <class S>
void optimizers() {
  const auto of = [](const std::string& name, const auto& optimizer) {
    Vector<S> x = Vector<S>::Ones(40);
    auto stepper = optimizer.make_stepper(x);
    for (int step = 0; step < 10; ++step) {
      Vector<S> g = Vector<S>::LinSpaced(40, S(-1), S(2)) * static_cast<S>(step % 3);
      g.head(5).setZero();
      stepper.apply(x, g);
      print(name, x);
    }
  };
  of("Sgd", Scheduled{Sgd{}, CosineDecay{.steps = 8}});
  of("Momentum", Momentum{});
  of("Nesterov", Nesterov{});
  of("Adagrad", Clipped{Adagrad{.initial_accumulator = 0}, ClipNorm{}});
  of("RmsProp", RmsProp{});
  of("Adadelta", Adadelta{});
  of("Adam", Adam{});
  of("AdamW", AdamW{});
  of("Adamax", Adamax{});
  of("Nadam", Nadam{});
}

void rules() {
  const auto events = drawn<float>(3, 41);
  const auto with = [&](const std::string& name, const auto& rule) {
    train(name, events, small, rule, Sgd{});
  };
  with("Downpour", Downpour{});
  with("Adag", Adag{});
  with("DynSgd", DynSgd{});
  with("SynchronousSgd", SynchronousSgd{});
  with("DiLoCo", DiLoCo<>{.period = 3});
  with("SynchronousEasgd", SynchronousEasgd{.period = 3});
  train("Eamsgd", events, small, Eamsgd{});
  with("ParameterDistance", ParameterDistance{});
  with("AsynchronousSgd", AsynchronousSgd{});
  train("DcAsgd", events, small, DcAsgd{});
  with("Ssp", Ssp{});
  // Threads inherit the traps of their creator; a single worker, so that the figures are
  // repeatable.
  History history;
  const auto trained =
      Trainer{small, InProcess{}, Easgd{.period = 3}, Sgd{}}.train(events, options, history);
  print("InProcess", trained.parameters());
  print("InProcess", trained.report.seconds > 0);
  // The overlap is the period: commits without a step, whose loss is NaN.
  std::ostringstream shown;
  Progress progress{.out = &shown};
  StopAtLoss never{.below = -1};
  print("no step", Trainer{small, Simulated{.workers = 2}, Easgd{.period = 1}, Sgd{}}
                       .train(events, options, history, progress, never)
                       .parameters());
  int without = 0;
  for (const History::Row& row : history.rows) without += is_nan(row.loss) && is_nan(row.accuracy);
  print("without a step", without > 0);
  static_cast<void>(
      Trainer{small, InProcess{.workers = 3}, Hogwild{}, Sgd{}}.train(events, options));
  static_cast<void>(
      Trainer{small, InProcess{.workers = 3}, SynchronousSgd{}, Sgd{}}.train(events, options));
  print("curvature", largest_curvature(small, events, trained.parameters()));
}
#endif

void reading_and_judging() {
  const auto path = std::filesystem::temp_directory_path() /
                    ("tributary_figures_" + std::to_string(getpid()) + ".csv");
  {
    std::ofstream file{path};
    file << "a,b,c,label,name\n";
    const auto events = drawn<double>(3, 50);
    for (Index i = 0; i < 50; ++i) {
      for (Index k = 0; k < 3; ++k)
        if ((i + k) % 9 == 0) {
          file << (i % 2 ? "," : "-999,");
        } else {
          file << 20 + 3 * events.features(k, i) << ',';
        }
      file << events.labels[static_cast<std::size_t>(i)] << (i % 2 ? ",x\n" : ",y\n");
    }
  }
  const CsvTable table = read_csv(path.string(), {.missing = -999.0});
  std::filesystem::remove(path);
  const std::string schema = table.schema();
  std::printf("%s\n", schema.substr(schema.find('\n')).c_str());  // without the file's name
  auto [training, test] =
      split(shuffle(assemble(table, {.label = "label", .drop = {"name"}}), Seed{1}), 0.7);
  print("NaN", test.features.array().isNaN().cast<double>().matrix());
  const auto mean = Imputer::fit(training), median = Imputer::fit(training, Imputation::median);
  Events ranged = test;
  median.apply(training);
  median.apply(test);
  mean.apply(ranged);
  const auto standard = StandardScaler::fit(training);
  const auto range = MinMaxScaler::fit(training);
  for (std::size_t i = 0; i < 3; ++i) {
    print("mean", standard.mean[i]);
    print("scale", standard.scale[i]);
    print("minimum", range.minimum[i]);
    print("range", range.scale[i]);
  }
  standard.apply(training);
  standard.apply(test);
  range.apply(ranged);
  print("training", training.features);
  print("test", test.features);
  print("ranged", ranged.features);
  const auto trained = Trainer{small, InProcess{}, Independent{}, Sgd{}}.train(training, options);
  const auto scores = predict(trained, test);
  print("scores", scores);
  print("accuracy", accuracy(scores, test));
  print("AUC", roc_auc(scores, test));
  print("log loss", log_loss(scores, test));
  print("F1", f1(scores, test));
  print("recall", recall(scores, test));
  print("AMS", best_ams(scores, test).ams);
  print("AMS", ams(scores, test, 0.5));
  print("AMS", ams(0, 0, 0));
  const Predictor predictor{trained, Preprocessing{median, standard}};
  std::vector<float> out(test.size() * 2);
  predictor.predict_batch({test.features.data(), test.size() * 3}, out);
  for (const float score : out) print("predictor", static_cast<double>(score));
}

}  // namespace

int main(int count, char**) {
#ifdef __GLIBC__
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
  activations<float>();
  activations<double>();
  images();
  heads();
  reading_and_judging();
  if (count > 1) return 0;  // the argument is "matrices"
#ifndef EIGEN_DEFAULT_TO_ROW_MAJOR
  optimizers<float>();
  optimizers<double>();
  rules();
#endif
}
