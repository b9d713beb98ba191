#include "lab/histogram_log.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace trunkline::lab {
namespace {

// So many values, of so many nanoseconds, as often as this; and two at the ends.
Histogram sample() {
  Histogram times;
  for (std::int64_t i = 1; i <= 20; ++i) {
    for (std::int64_t k = 0; k < i * i * i; ++k) times.record(i * i * i * 1000);
  }
  times.record(7);
  times.record(70'000'000'000);
  return times;
}

// What sample() is as text. hdr-histogram-js 3.0.1 reads 44,102 values of it, with the quantiles
// below: `decodeFromCompressedBase64(text, 64).getValueAtPercentile(p)`.
constexpr std::string_view kText =
    "HISTFAAAAHh4nJNpmSzMwMAQzAABzFCaEYh5f7hHMNh/"
    "gAjwMu3nZzqrL9AtbfZepIFxPv8vxpfcG5iPcq1jXc7VwPGbbRP3"
    "Qo4L/A9Zn4m0sjVIr2dbpTSZ5YPWU5Z7JvtZGxx2Mz/y2cs8Ifoz87Ts1SwNtZvPMjIBAL8TJIE=";

TEST(HistogramLog, IsReadAsOthersReadIt) {
  const auto read = decode_histogram(kText);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->count(), 44'102U);
  EXPECT_EQ(read->at(0), 7);
  EXPECT_EQ(read->at(0.5), 4'915'199);
  EXPECT_EQ(read->at(0.9), 8'003'583);
  EXPECT_EQ(sample().counts(), read->counts());
}

TEST(HistogramLog, ComesBackAsItWas) {
  std::mt19937_64 chance(3);
  std::lognormal_distribution<double> spread(12, 3);
  for (const int size : {0, 1, 10, 10'000}) {
    Histogram times;
    for (int i = 0; i < size; ++i) times.record(static_cast<std::int64_t>(spread(chance)));
    const auto read = decode_histogram(encode_histogram(times));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->counts(), times.counts());
    EXPECT_EQ(read->count(), times.count());
    const auto exact = static_cast<double>(times.at(0.999));  // it knows the longest exactly
    EXPECT_NEAR(static_cast<double>(read->at(0.999)), exact, 1 + exact * 1e-3);
    EXPECT_NEAR(read->mean(), times.mean(), 1 + times.mean() * 1e-3);
  }
  Histogram many;
  many.record_many(0, std::uint64_t{1} << 62);  // nine bytes
  many.record_many(Histogram::kLongestNs, 3);
  EXPECT_EQ(decode_histogram(encode_histogram(many))->counts(), many.counts());
}

// hdr-histogram-js 3.0.1 reads the text of 1, 2 … 1000 us with two digits: 1,000 values, p50
// 501,759.
TEST(HistogramLog, TwoDigitsAreReadAsWell) {
  SmallHistogram times;
  for (std::int64_t us = 1; us <= 1'000; ++us) times.record(us * 1'000);
  const auto read = decode_histogram(encode_histogram(times));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->count(), 1'000U);
  EXPECT_NEAR(static_cast<double>(read->at(0.5)), 500'000, 5'000);
  EXPECT_NEAR(static_cast<double>(read->at(0.999)), 999'000, 9'990);
  std::string four = encode_histogram(times);
  EXPECT_LT(four.size(), 2'000U);
}

TEST(HistogramLog, WhatIsNoHistogramIsNone) {
  const std::string text(kText);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(decode_histogram(text.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_histogram("not base64"));
  std::mt19937 chance(5);
  for (int trial = 0; trial < 2'000; ++trial) {  // whatever becomes of it, nothing breaks
    std::string changed = text;
    changed[chance() % changed.size()] = text[chance() % text.size()];
    (void)decode_histogram(changed);
  }
}

TEST(HistogramLog, AnIntervalLogHasALineForEachIntervalAndTag) {
  std::ostringstream out;
  IntervalLog log(out, 1'700'000'000.25);
  log.add("hop=mpi", 0, 1, sample());
  log.add("", 1, 1, Histogram());
  std::istringstream in(out.str());
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "#[Histogram log format version 1.3]");
  std::getline(in, line);
  EXPECT_EQ(line, "#[StartTime: 1700000000.250 (seconds since epoch)]");
  std::getline(in, line);
  EXPECT_EQ(line,
            R"("StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram")");
  std::getline(in, line);
  EXPECT_EQ(line, "Tag=hop=mpi,0.000,1.000,70000.000," + encode_histogram(sample()));
  std::getline(in, line);
  EXPECT_TRUE(line.starts_with("1.000,1.000,0.000,HISTFAAAA")) << line;
  EXPECT_FALSE(std::getline(in, line));
}

TEST(HistogramLog, AnIntervalLogReadsBack) {
  std::ostringstream out;
  IntervalLog log(out, 1'700'000'000.25);
  log.add("c0.shown", 0, 1, sample());
  log.add("", 1.5, 0.5, Histogram());
  std::istringstream in(out.str() + "Tag=c1.shown,2.000,1.000,0.0");  // its writer died
  std::vector<std::string> read;
  const double start = read_interval_log(
      in, "log", [&](std::string_view tag, double begin, double length, const Histogram& times) {
        read.push_back(std::string(tag) + " " + std::to_string(begin + length) + " " +
                       std::to_string(times.count()));
      });
  EXPECT_EQ(start, 1'700'000'000.25);
  EXPECT_EQ(read, (std::vector<std::string>{"c0.shown 1.000000 44102", " 2.000000 0"}));
}

TEST(HistogramLog, WhatIsNoIntervalIsNamed) {
  for (const char* line : {"x,1,1,HISTFAAAA", "0,1,1,HISTFAAAA", "0,1", "Tag=a,0,1,1"}) {
    std::istringstream in("#[Histogram log format version 1.3]\n" + std::string(line) + "\n");
    try {
      read_interval_log(in, "e2e.hlog", [](auto, auto, auto, const auto&) { FAIL(); });
      ADD_FAILURE() << line;
    } catch (const std::runtime_error& problem) {
      EXPECT_NE(std::string(problem.what()).find("e2e.hlog, line 2"), std::string::npos) << line;
    }
  }
}

}  // namespace
}  // namespace trunkline::lab
