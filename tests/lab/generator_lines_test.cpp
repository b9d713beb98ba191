#include "lab/generator_lines.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace trunkline::lab {
namespace {

namespace json = boost::json;

json::object through_text(const json::object& object) {
  return json::parse(json::serialize(object)).as_object();
}

void fill(Histogram& histogram, std::mt19937_64& chance) {
  std::lognormal_distribution<double> latency(12, 1);
  for (int i = 0; i < 500; ++i) histogram.record(static_cast<std::int64_t>(latency(chance)));
  histogram.record(-7);
}

void expect_same(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.counts(), b.counts());
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.sum(), b.sum());
  EXPECT_EQ(a.max(), b.max());
  EXPECT_EQ(a.negatives(), b.negatives());
}

TEST(GeneratorLines, SlicesAddUpWithoutLoss) {
  std::mt19937_64 chance(1);
  const auto whole = std::make_unique<Slice>(), together = std::make_unique<Slice>();
  for (int generator = 1; generator <= 3; ++generator) {
    const auto one = std::make_unique<Slice>();
    one->begin_s = 2;
    one->length_s = 1;
    one->sums.sent = 100U * static_cast<unsigned>(generator);
    one->sums.shown = 90U * static_cast<unsigned>(generator);
    one->outstanding = 7;
    one->generator_cores = 0.25;
    one->tenths_over = 10;
    one->traced = std::string("\0\xff\n{", 4) + std::to_string(generator);
    for (SliceTenth& tenth : one->tenths) {
      fill(tenth.shown, chance);
      tenth.outstanding = generator;
    }
    fill(one->times.stored, chance);
    fill(one->times.lateness, chance);
    for (std::size_t i = 0; i < one->tenths.size(); ++i) {
      whole->tenths[i].shown.add(one->tenths[i].shown);
    }
    whole->times.add(one->times);
    whole->traced += one->traced;
    add_slice(*together, through_text(to_json(*one)));
  }
  EXPECT_EQ(together->begin_s, 2);
  EXPECT_EQ(together->length_s, 1);
  EXPECT_EQ(together->sums.sent, 600U);
  EXPECT_EQ(together->sums.shown, 540U);
  EXPECT_EQ(together->outstanding, 21U);
  EXPECT_DOUBLE_EQ(together->generator_cores, 0.75);
  EXPECT_EQ(together->tenths_over, 10U);
  EXPECT_EQ(together->traced, whole->traced);
  expect_same(together->times.stored, whole->times.stored);
  expect_same(together->times.lateness, whole->times.lateness);
  for (std::size_t i = 0; i < whole->tenths.size(); ++i) {
    EXPECT_EQ(together->tenths[i].outstanding, 6);
    expect_same(together->tenths[i].shown, whole->tenths[i].shown);
  }
}

TEST(GeneratorLines, ResultsAddUp) {
  LoadResult together;
  together.measured.between.resize(4);
  for (const auto storage : {wire::Storage::tmpfs, wire::Storage::disk}) {
    LoadResult one;
    one.due = 10;
    one.sums.sent = 12;
    one.sums.reordered = 1;
    one.generator_cores = 0.5;
    one.measured.storage = storage;
    one.measured.sent_in_time = 9;
    one.measured.refusals[wire::Code::no_such_user] = 2;
    one.measured.traced.emplace().record(5'000);
    one.measured.cards.push_back({1'234, 99, wire::Stage::client_due, 7, 0});
    one.measured.between.resize(4);
    one.measured.between[2] = std::make_unique<SmallHistogram>();
    one.measured.between[2]->record(123'456);
    add_result(together, through_text(to_json(one)));
  }
  EXPECT_EQ(together.due, 20U);
  EXPECT_EQ(together.sums.sent, 24U);
  EXPECT_EQ(together.sums.reordered, 2U);
  EXPECT_DOUBLE_EQ(together.generator_cores, 1);
  EXPECT_EQ(together.measured.storage, wire::Storage::tmpfs) << "the one that survives less";
  EXPECT_EQ(together.measured.sent_in_time, 18U);
  EXPECT_EQ(together.measured.refusals.at(wire::Code::no_such_user), 4U);
  ASSERT_EQ(together.measured.cards.size(), 2U);
  ASSERT_TRUE(together.measured.traced);
  EXPECT_EQ(together.measured.traced->count(), 2U);
  EXPECT_FALSE(together.measured.padded);
  EXPECT_EQ(together.measured.cards[1].id, 1'234U);
  EXPECT_EQ(together.measured.cards[1].stage, wire::Stage::client_due);
  EXPECT_FALSE(together.measured.between[1]);
  ASSERT_TRUE(together.measured.between[2]);
  SmallHistogram both;
  both.record(123'456);
  both.record(123'456);
  EXPECT_EQ(together.measured.between[2]->counts(), both.counts());
  EXPECT_EQ(together.measured.between[2]->sum(), both.sum());
}

TEST(GeneratorLines, AConfigurationArrivesWhole) {
  Cell cell;
  cell.rate_per_second = 1'234;
  cell.arrivals = "poisson";
  cell.pairs = 3;
  cell.message_class = wire::MessageClass::stored;
  cell.trace = "1:64";
  LoadConfig config = load_of(cell, {"ws://a:1", "ws://b:2"}, numbered_logins("u", 6), 42);
  config.verify_certificate = true;
  config.cell = 5;
  config.share = {1, 2};
  const LoadConfig again = config_of_line(config_line(cell, config));
  EXPECT_EQ(again.urls, config.urls);
  EXPECT_EQ(again.logins.size(), 6U);
  EXPECT_EQ(again.logins[5].user, "u0006");
  EXPECT_EQ(again.rate_per_second, 1'234);
  EXPECT_EQ(again.arrivals, "poisson");
  EXPECT_EQ(again.seed, 42U);
  EXPECT_EQ(again.message_class, wire::MessageClass::stored);
  EXPECT_DOUBLE_EQ(again.sampled_fraction, 1.0 / 64);
  EXPECT_TRUE(again.stamped && again.verify_certificate);
  EXPECT_EQ(again.cell, 5U);
  EXPECT_EQ(again.share.index, 1U);
  EXPECT_EQ(again.share.count, 2U);
  EXPECT_EQ(again.traffic.pairs().size(), 3U);
}

}  // namespace
}  // namespace trunkline::lab
