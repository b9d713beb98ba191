#include "lab/trace_export.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>
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

// As opentelemetry-proto's JSON encoding has it: ids in hexadecimal, 64 bits as text.
TEST(TraceExport, SpansOfOpenTelemetryNestAndAddUp) {
  LaunchMessage back = message(9, 50, 20, 30);
  back.launch = 4;
  back.message.due_ns += 1'000;
  for (std::uint32_t& at : back.message.stamps.at) at += 1'000;
  back.message.stamps.at[1] -= 60;  // the edge's clock is behind
  std::ostringstream out;
  constexpr std::int64_t kEpoch = 1'700'000'000'000'000'000;
  write_otlp_trace(out, {message(1, 1'000, 2'000, 3'000), message(2, 10, 20, 30), back},
                   {{3, kEpoch}});
  const auto all = boost::json::parse(out.str());
  const auto& launches = all.at("resourceSpans").as_array();
  ASSERT_EQ(launches.size(), 2U);
  std::set<std::string> traces, ids;
  for (std::size_t i = 0; i < launches.size(); ++i) {
    std::map<std::string, boost::json::value> attributes;
    for (const auto& one : launches[i].at("resource").at("attributes").as_array()) {
      attributes[std::string(one.at("key").as_string())] = one.at("value");
    }
    EXPECT_EQ(attributes.at("service.name").at("stringValue"), "trunkline");
    EXPECT_EQ(attributes.at("trunkline.launch").at("intValue"), i == 0 ? "3" : "4");
    EXPECT_EQ(attributes.at("trunkline.wall_clock").at("boolValue"), i == 0);
    const auto& scopes = launches[i].at("scopeSpans").as_array();
    ASSERT_EQ(scopes.size(), 1U);
    const auto& spans = scopes[0].at("spans").as_array();
    ASSERT_EQ(spans.size(), i == 0 ? 8U : 4U);
    std::string root;
    std::int64_t from = 0, until = 0, hops = 0;
    for (const auto& span : spans) {
      const std::string trace(span.at("traceId").as_string()), id(span.at("spanId").as_string());
      EXPECT_EQ(trace.size(), 32U);
      EXPECT_EQ(trace.find_first_not_of("0123456789abcdef"), trace.npos);
      EXPECT_EQ(id.size(), 16U);
      EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), id.npos);
      traces.insert(trace);
      EXPECT_TRUE(ids.insert(trace + id).second);
      const std::int64_t begins = std::stoll(std::string(span.at("startTimeUnixNano").as_string()));
      const std::int64_t ends = std::stoll(std::string(span.at("endTimeUnixNano").as_string()));
      EXPECT_LE(begins, ends);
      EXPECT_EQ(span.at("kind"), 1);
      if (span.at("parentSpanId").as_string().empty()) {
        EXPECT_EQ(hops, until - from);
        root = id;
        from = begins;
        until = ends;
        hops = 0;
        EXPECT_EQ(begins, i == 0 ? kEpoch + 0x1'ffff'fff0 : 0x1'ffff'fff0 + 1'000);
        continue;
      }
      EXPECT_EQ(span.at("parentSpanId").as_string(), root);
      for (const auto& one : span.at("attributes").as_array()) {
        if (one.at("key") != "trunkline.hop_ns") continue;
        hops += std::stoll(std::string(one.at("value").at("intValue").as_string()));
      }
    }
    EXPECT_EQ(hops, until - from) << "hops add up to the message, also where one is negative";
  }
  EXPECT_EQ(traces.size(), 3U);
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
