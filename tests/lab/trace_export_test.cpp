#include "lab/trace_export.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <sstream>

namespace trunkline::lab {
namespace {

// Due just before its clock's low bits wrap; sent, in the edge and there after so long.
LaunchMessage message(std::uint32_t sequence, std::uint32_t sent, std::uint32_t edge,
                      std::uint32_t there) {
  LaunchMessage one;
  one.launch = 3;
  one.message.pair = 5;
  one.message.due_ns = 0x1'ffff'fff0;
  one.message.stamps.sequence = sequence;
  one.message.stamps.present = 1u << 0 | 1u << 1 | 1u << 9;
  std::uint32_t at = 0xffff'fff0;
  one.message.stamps.at[0] = at += sent;
  one.message.stamps.at[1] = at += edge;
  one.message.stamps.at[9] = at += there;
  return one;
}

TEST(TraceExport, TakesTheSlowestWhole) {
  Slowest slowest(3);
  for (std::uint32_t i = 0; i < 100; ++i) slowest.add(message(i, i * 37 % 100, 10, 10));
  const auto taken = slowest.take();
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(end_to_end_ns(taken[0].message), 119);
  EXPECT_EQ(end_to_end_ns(taken[1].message), 118);
  EXPECT_EQ(end_to_end_ns(taken[2].message), 117);
}

TEST(TraceExport, EveryEventThatBeginsEnds) {
  std::ostringstream out;
  write_chrome_trace(out, {message(1, 1'000, 2'000, 3'000), message(2, 10, 20, 30)});
  const auto events = boost::json::parse(out.str()).as_array();
  EXPECT_EQ(events.size(), 2U * 2 * 4);
  std::map<std::pair<std::string, std::string>, double> open;
  for (const auto& event : events) {
    const std::pair<std::string, std::string> key(event.at("id").as_string(),
                                                  event.at("name").as_string());
    const double at = event.at("ts").to_number<double>();
    if (event.at("ph").as_string() == "b") {
      EXPECT_TRUE(open.emplace(key, at).second);
    } else {
      ASSERT_TRUE(open.contains(key));
      EXPECT_GE(at, open[key]);
      if (key == std::pair<std::string, std::string>("3.0.5.1", "message")) {
        EXPECT_NEAR(at - open[key], 6, 1e-6);
      }
      open.erase(key);
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(TraceExport, ARowSaysWhatWasStamped) {
  std::ostringstream out;
  write_stamps_head(out);
  write_stamps_row(out, message(7, 10, 20, 30));
  EXPECT_EQ(out.str(),
            "launch,cell,pair,sequence,due_ns,client_send_ns,edge_in_ns,edge_out_ns,rank_in_ns,"
            "rank_link_ns,rank_matched_ns,rank_out_ns,edge_back_ns,edge_write_ns,"
            "client_receive_ns\r\n3,0,5,7,8589934576,10,30,,,,,,,,60\r\n");
}

}  // namespace
}  // namespace trunkline::lab
