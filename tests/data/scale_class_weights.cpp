#include <tributary/data/scale_class_weights.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

using namespace tributary;

TEST_CASE("a part's weights sum to the whole's, class by class") {
  const Events whole{.features = Matrix<float>::Zero(1, 6),
                     .labels = {0, 0, 0, 1, 1, 1},
                     .weights = (Vector<float>(6) << 1, 2, 5, 10, 30, -8).finished(),
                     .classes = {"b", "s"}};  // 8 and 32
  Events part{.features = Matrix<float>::Zero(1, 3),
              .labels = {1, 0, 0},
              .weights = (Vector<float>(3) << 16, 3, -1).finished(),
              .classes = {"b", "s"}};  // 2 and 16
  scale_class_weights(part, whole);
  CHECK((part.weights == (Vector<float>(3) << 32, 12, -4).finished()));

  part.weights.resize(0);
  scale_class_weights(part, whole);
  CHECK((part.weights == (Vector<float>(3) << 32, 4, 4).finished()));
}

TEST_CASE("a class that the part lacks, or other classes, are refused") {
  const Events whole{
      .features = Matrix<float>::Zero(1, 2), .labels = {0, 1}, .classes = {"b", "s"}};
  Events part{.features = Matrix<float>::Zero(1, 1), .labels = {0}, .classes = {"b", "s"}};
  CHECK_THROWS_WITH_AS(scale_class_weights(part, whole),
                       "scale_class_weights: sum of the part's weights of class s = 0, must be "
                       "not 0, as in the whole",
                       std::invalid_argument);
  part.classes = {"s", "b"};
  CHECK_THROWS_WITH_AS(scale_class_weights(part, whole),
                       "scale_class_weights: classes = s, b, must be those of the whole: b, s",
                       std::invalid_argument);
  part.classes = whole.classes;
  part.labels.clear();
  CHECK_THROWS_AS(scale_class_weights(part, whole), std::invalid_argument);
}

TEST_CASE("a sum with another sign than the whole's is refused, as no weight turns its sign") {
  const Events whole{.features = Matrix<float>::Zero(1, 3),
                     .labels = {0, 1, 1},
                     .weights = (Vector<float>(3) << 1, 5, 5).finished()};
  Events part = whole;
  part.weights << 1, 1, -3;
  const Vector<float> before = part.weights;
  CHECK_THROWS_WITH_AS(scale_class_weights(part, whole),
                       "scale_class_weights: sum of the part's weights of class 1 = -2, must be "
                       "of the sign of 10, the sum in the whole",
                       std::invalid_argument);
  CHECK(part.weights == before);

  Events negative = whole;  // -4 in the whole and -2 in the part
  negative.weights << 1, 2, -6;
  scale_class_weights(part, negative);
  CHECK(part.weights == (Vector<float>(3) << 1, 2, -6).finished());
}

TEST_CASE("weights that cancel up to rounding sum to zero") {
  const auto three = [](double a, double b, double c) {
    return BasicEvents<double>{.features = Matrix<double>::Zero(1, 4),
                               .labels = {0, 1, 1, 1},
                               .weights = (Vector<double>(4) << 1, a, b, c).finished()};
  };
  const BasicEvents<double> cancels = three(0.1, 0.2, -0.3), whole = three(1, 5, 5);
  REQUIRE(cancels.weights.tail(3).sum() != 0);
  BasicEvents<double> part = cancels;
  CHECK_THROWS_WITH_AS(scale_class_weights(part, whole),
                       "scale_class_weights: sum of the part's weights of class 1 = 0, must be "
                       "not 0, as in the whole",
                       std::invalid_argument);
  scale_class_weights(part, cancels);
  CHECK(part.weights == cancels.weights);
  part = whole;
  scale_class_weights(part, cancels);
  CHECK(part.weights == (Vector<double>(4) << 1, 0, 0, 0).finished());
}

TEST_CASE("a large label, such as a PDG code, takes no memory of its size") {
  const Events whole{.features = Matrix<float>::Zero(1, 3), .labels = {11, 2'000'000'000, 11}};
  Events part{.features = Matrix<float>::Zero(1, 2), .labels = {11, 2'000'000'000}};
  scale_class_weights(part, whole);
  CHECK(part.weights == Eigen::Vector2f{2, 1});
}
