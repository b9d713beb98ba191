#include "lab/traffic_matrix.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <stdexcept>

#include "tests/support/temporary_directory.h"

namespace trunkline::lab {
namespace {

TrafficMatrix matrix(const std::string& words, std::size_t places, std::uint64_t seed = 1) {
  return make_traffic_matrix(words, places, seed);
}
double sent_to(const TrafficMatrix& matrix, std::size_t to) {
  double sum = 0;
  for (std::size_t from = 0; from < matrix.places; ++from) sum += matrix.part(from, to);
  return sum;
}
double sent_by(const TrafficMatrix& matrix, std::size_t from) {
  double sum = 0;
  for (std::size_t to = 0; to < matrix.places; ++to) sum += matrix.part(from, to);
  return sum;
}

constexpr const char* kAll[] = {"uniform", "zipf:1.2", "neighbour:2", "hotspot:0.2",
                                "a2a",     "perm",     "incast"};

TEST(TrafficMatrix, PartsAddUpAndNobodySendsToItself) {
  for (const char* words : kAll) {
    for (const std::size_t places : {1U, 2U, 3U, 8U}) {
      const TrafficMatrix made = matrix(words, places);
      EXPECT_NEAR(std::accumulate(made.parts.begin(), made.parts.end(), 0.0), 1, 1e-12) << words;
      for (std::size_t place = 0; place < places; ++place) {
        EXPECT_EQ(made.part(place, place), places == 1 ? 1 : 0) << words;
      }
    }
  }
}

TEST(TrafficMatrix, EachKindIsWhatItSays) {
  EXPECT_NEAR(matrix("uniform", 4).part(2, 1), 1.0 / 12, 1e-12);
  EXPECT_FALSE(matrix("uniform", 4).in_turn);
  EXPECT_TRUE(matrix("a2a", 4).in_turn);
  EXPECT_NEAR(matrix("a2a", 4).part(2, 1), 1.0 / 12, 1e-12);

  const TrafficMatrix zipf = matrix("zipf:1", 4);
  EXPECT_NEAR(zipf.part(3, 0) / zipf.part(3, 1), 2, 1e-12);
  EXPECT_NEAR(zipf.part(3, 0) / zipf.part(3, 2), 3, 1e-12);

  const TrafficMatrix ring = matrix("neighbour:1", 5);
  EXPECT_NEAR(ring.part(0, 4), 0.1, 1e-12);
  EXPECT_NEAR(ring.part(4, 0), 0.1, 1e-12);
  EXPECT_EQ(ring.part(0, 2), 0);

  const TrafficMatrix hot = matrix("hotspot:0.7", 5);
  EXPECT_NEAR(hot.part(3, 0) / sent_by(hot, 3), 0.7 + 0.3 / 4, 1e-12);
  EXPECT_NEAR(sent_by(hot, 0), 0.2, 1e-12);

  EXPECT_NEAR(sent_to(matrix("incast", 6), 0), 1, 1e-12);
}

TEST(TrafficMatrix, APermutationHasEachOnceOnBothSidesByItsSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const TrafficMatrix made = matrix("perm", 7, seed);
    for (std::size_t place = 0; place < 7; ++place) {
      EXPECT_NEAR(sent_by(made, place), 1.0 / 7, 1e-12);
      EXPECT_NEAR(sent_to(made, place), 1.0 / 7, 1e-12);
    }
  }
  EXPECT_EQ(matrix("perm", 7, 3).parts, matrix("perm", 7, 3).parts);
  EXPECT_NE(matrix("perm", 7, 3).parts, matrix("perm", 7, 4).parts);
}

TEST(TrafficMatrix, AFileSaysItAll) {
  const tests::TemporaryDirectory directory;
  const std::string path = directory.path() + "/matrix";
  const auto with = [&](const std::string& text) {
    std::ofstream(path) << text;
    return "file:" + path;
  };
  const TrafficMatrix made = matrix(with("1 2\n0 1\n"), 2);
  EXPECT_EQ(made.part(0, 0), 0.25);
  EXPECT_EQ(made.part(0, 1), 0.5);
  EXPECT_EQ(made.part(1, 0), 0);
  for (const char* text : {"", "1 2\n", "1 2\n3\n", "1 2 3\n4 5 6\n", "1 2\n3 x\n", "1 2\n3 -4\n",
                           "1 2\n3 4\n5 6\n", "0 0\n0 0\n", "1 2\n3 nan\n"}) {
    EXPECT_THROW(matrix(with(text), 2), std::runtime_error) << text;
  }
  EXPECT_THROW(matrix("file:/nonexistent", 2), std::runtime_error);
}

TEST(TrafficMatrix, OtherWordsAreRefused) {
  for (const char* words : {"", "all", "zipf", "zipf:", "zipf:-1", "zipf:x", "neighbour:0",
                            "neighbour:1.5", "hotspot:1.1", "hotspot:nan", "incast:1"}) {
    EXPECT_THROW(matrix(words, 4), std::runtime_error) << words;
  }
}

}  // namespace
}  // namespace trunkline::lab
