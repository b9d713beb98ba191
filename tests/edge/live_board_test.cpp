// What becomes of what ranks tell the live page.
#include "edge/live_board.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "edge/live_table.h"
#include "edge/page.h"

namespace trunkline::edge {
namespace {

namespace json = boost::json;
using Ranks = std::vector<wire::RankId>;

constexpr std::int64_t kSecond = 1'000'000;

// A rank of two, with these totals.
std::string told(int rank, std::int64_t up_us, int stored, int commits, int commit_us) {
  return json::serialize(json::object{
      {"rank", rank},
      {"ranks", 2},
      {"host", "n<1>"},
      {"up_us", up_us},
      {"counters", {{"stored", stored}, {"commits", commits}, {"commit_us", commit_us}}},
      {"depths", {{"sessions", 3}}},
      {"round_trips_us", {nullptr, 85}}});
}

TEST(LiveBoard, AsksTheRankOfThePortFirstAndThenAllThatThereAre) {
  LiveBoard board("edge1");
  EXPECT_EQ(board.look(0, 1).ask, Ranks{1});
  EXPECT_FALSE(board.is_ready());
  EXPECT_EQ(board.take(1, told(1, kSecond, 0, 0, 0), 300), Ranks{0});
  EXPECT_FALSE(board.is_ready());
  EXPECT_EQ(board.take(0, told(0, kSecond, 0, 0, 0), 400), Ranks{});
  EXPECT_TRUE(board.is_ready());
  EXPECT_EQ(board.look(kSecond, 1).ask, (Ranks{1, 0})) << "it knows them now";
}

TEST(LiveBoard, AsksOnceASecondWhoeverLooks) {
  LiveBoard board("edge1");
  EXPECT_FALSE(board.look(0, 0).ask.empty());
  EXPECT_TRUE(board.look(1, 0).ask.empty());
  EXPECT_TRUE(board.look(kSecond - 1, 0).admitted);
  EXPECT_TRUE(board.look(kSecond - 1, 0).ask.empty());
  EXPECT_FALSE(board.look(kSecond, 0).ask.empty());
}

TEST(LiveBoard, SixteenMayLookInASecond) {
  LiveBoard board("edge1");
  for (unsigned i = 0; i < LiveBoard::kLooksPerSecondMax; ++i) {
    EXPECT_TRUE(board.look(i, 0).admitted);
  }
  EXPECT_FALSE(board.look(100, 0).admitted);
  EXPECT_TRUE(board.look(kSecond, 0).admitted);
}

TEST(LiveBoard, ShowsSixtyFourRanksOfMany) {
  LiveBoard board("edge1");
  (void)board.look(0, 100);
  EXPECT_EQ(board.take(100, R"({"rank":100,"ranks":1024})", 1).size(), 64u);
}

TEST(LiveBoard, RatesAreByTheClockOfTheRank) {
  LiveBoard board("edge1");
  (void)board.look(0, 0);
  (void)board.take(0, told(0, 10 * kSecond, 100, 10, 5'000), 1);
  EXPECT_TRUE(board.snapshot(2).at("ranks").at(0).at("rates").is_null()) << "a first look";
  (void)board.take(0, told(0, 12 * kSecond, 300, 20, 10'000), kSecond);
  board.reached(250);
  const LiveSnapshot seen = board.snapshot(kSecond);
  const json::value& rank = seen.at("ranks").at(0);
  EXPECT_DOUBLE_EQ(rank.at("rates").at("stored").to_number<double>(), 100);
  EXPECT_DOUBLE_EQ(rank.at("commit_mean_us").to_number<double>(), 500);
  EXPECT_EQ(seen.at("edge_rtt_us").to_number<int>(), 250);
  EXPECT_EQ(seen.at("ranks_total").to_number<int>(), 2);
}

TEST(LiveBoard, ARankThatBeganAnewHasNoRates) {
  LiveBoard board("edge1");
  (void)board.take(0, told(0, 10 * kSecond, 100, 0, 0), 1);
  (void)board.take(0, told(0, kSecond, 5, 0, 0), 2);
  EXPECT_TRUE(board.snapshot(2).at("ranks").at(0).at("rates").is_null());
}

TEST(LiveBoard, WhatIsOldIsNotShown) {
  LiveBoard board("edge1");
  (void)board.take(0, told(0, kSecond, 1, 0, 0), 0);
  EXPECT_EQ(board.snapshot(LiveBoard::kRecentUs).at("ranks").as_array().size(), 1u);
  EXPECT_EQ(board.snapshot(LiveBoard::kRecentUs + 1).at("ranks").as_array().size(), 0u);
}

TEST(LiveBoard, ARankThatCouldNotAnswerHoldsNobodyUp) {
  LiveBoard board("edge1");
  (void)board.look(0, 0);
  (void)board.take(0, "", 1);
  EXPECT_TRUE(board.is_ready());
  EXPECT_TRUE(board.snapshot(1).at("ranks").as_array().empty());
  EXPECT_NE(live_table(board.snapshot(1)).find("0 have answered"), std::string::npos);
}

TEST(LiveTable, ShowsTheSameNumbersAndNoMarkupOfOthers) {
  LiveBoard board("<b>edge");
  (void)board.look(0, 0);
  (void)board.take(0, told(0, kSecond, 100, 10, 5'000), 1);
  (void)board.take(0, told(0, 2 * kSecond, 1334, 20, 10'000), kSecond);
  (void)board.take(1, told(1, 2 * kSecond, 0, 0, 0), kSecond);
  const std::string table = live_table(board.snapshot(kSecond));
  EXPECT_NE(table.find("<td>1234</td>"), std::string::npos) << table;
  EXPECT_NE(table.find("<td>85</td>"), std::string::npos);
  EXPECT_EQ(table.find("<b>"), std::string::npos);
  EXPECT_EQ(table.find("<script"), std::string::npos);
}

TEST(LivePage, ItsPartsHaveTagsOfTheirOwnAndNoAddressButRelativeOnes) {
  const auto parts = page_parts();
  for (const PagePart& part : parts) {
    EXPECT_EQ(page_part(part.path), &part);
    EXPECT_TRUE(part.etag.starts_with('"') && part.etag.ends_with('"')) << part.etag;
  }
  EXPECT_EQ(page_part("/lab/../lab"), nullptr);
  const std::string_view page = page_part("/lab")->body;
  for (const char* absolute : {"=\"/", "http:", "https:", "style=", "onclick"}) {
    EXPECT_EQ(page.find(absolute), std::string_view::npos) << absolute;
  }
}

}  // namespace
}  // namespace trunkline::edge
