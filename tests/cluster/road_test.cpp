// What `trunkline ping` makes of its round trips.
#include "cluster/road.h"

#include <gtest/gtest.h>

namespace trunkline::cluster {
namespace {

std::vector<Station> road() {
  return {{"rank 0", "admin socket", 0, {50, 60, 900}},
          {"rank 1, home of bob", "MPI", 0, {200, 250, 150}},
          {"edge2, phone", "ZeroMQ", 1, {195, 400, 180}}};
}

TEST(Road, AHopIsWhatItsStationIsFurtherThanTheOneBefore) {
  const auto stations = road();
  EXPECT_DOUBLE_EQ(hop_us(stations, stations[0]), 60);
  EXPECT_DOUBLE_EQ(hop_us(stations, stations[1]), 140);
  EXPECT_DOUBLE_EQ(hop_us(stations, stations[2]), -5);
}

TEST(Road, TellsTheLeastTheMiddleAndTheMost) {
  const RoundTrips trips = round_trips(road()[0]);
  EXPECT_DOUBLE_EQ(trips.min, 50);
  EXPECT_DOUBLE_EQ(trips.p50, 60);
  EXPECT_DOUBLE_EQ(trips.max, 900);
}

TEST(Road, OfTwoInTheMiddleTheLowerOneCounts) {
  EXPECT_DOUBLE_EQ(round_trips({"rank 0", "", 0, {4, 1, 3, 2}}).p50, 2);
}

TEST(Road, SaysUnitsAndRttAndDoesNotSellNoiseAsATime) {
  const std::string text = road_text(road());
  EXPECT_NE(text.find("hop rtt µs"), std::string::npos);
  EXPECT_NE(text.find("from here: rtt µs min/p50/max"), std::string::npos);
  EXPECT_NE(text.find("this program - rank 0"), std::string::npos);
  EXPECT_NE(text.find("< noise"), std::string::npos) << text;
  EXPECT_NE(text.find("180/195/400"), std::string::npos) << text;
}

TEST(Road, SaysWhatWasNotAnswered) {
  auto stations = road();
  stations[2].rtts_us.clear();
  stations[2].unanswered = 3;
  EXPECT_NE(road_text(stations).find("no answer"), std::string::npos);
  EXPECT_NE(road_json(stations).find("\"hop_rtt_us\":null"), std::string::npos);
}

}  // namespace
}  // namespace trunkline::cluster
