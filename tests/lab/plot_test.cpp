#include "lab/plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "lab/csv.h"
#include "lab/plot_frame.h"
#include "lab/plot_scale.h"
#include "lab/plot_svg.h"
#include "tests/lab/xml.h"

namespace trunkline::lab {
namespace {

std::string labels(const std::vector<Tick>& ticks) {
  std::string text;
  for (const Tick& tick : ticks) {
    if (!tick.label.empty()) text += (text.empty() ? "" : " ") + tick.label;
  }
  return text;
}

TEST(PlotScale, LinearAxesHaveRoundTicks) {
  const PlotScale scale({"", ""}, 0, 93, 0, 100);
  EXPECT_EQ(labels(scale.ticks(5)), "0 20 40 60 80 100");
  EXPECT_EQ(scale.at(0), 0);
  EXPECT_EQ(scale.at(50), 50);
  const PlotScale far({"", ""}, 119'000, 121'000, 0, 100);
  EXPECT_EQ(labels(far.ticks(5)), "119k 119.5k 120k 120.5k 121k");
}

TEST(PlotScale, LogarithmicAxesHaveDecades) {
  const PlotScale scale({"", "", Scale::log}, 130, 42'000, 0, 300);
  EXPECT_EQ(labels(scale.ticks(3)), "100 1,000 10k");
  EXPECT_NEAR(scale.at(1'000) - scale.at(100), scale.at(10'000) - scale.at(1'000), 1e-9);
  const PlotScale close({"", "", Scale::log}, 210, 490, 0, 300);
  EXPECT_EQ(labels(close.ticks(6)), "200 500");
  EXPECT_FALSE(scale.has(0));
  EXPECT_TRUE(scale.has(1));
}

TEST(PlotScale, NinesAreEquallyFarFromEachOther) {
  const PlotScale scale({"", "", Scale::nines}, 0, 0.9995, 0, 400);
  EXPECT_EQ(labels(scale.ticks(9)), "0 50 % 90 % 99 % 99.9 %");
  EXPECT_EQ(labels(scale.ticks(4)), "0 90 % 99 % 99.9 %");
  EXPECT_NEAR(scale.at(0.99) - scale.at(0.9), scale.at(0.999) - scale.at(0.99), 1e-6);
  EXPECT_FALSE(scale.has(1));
}

TEST(PlotScale, OfManyNamesSomeAreTold) {
  Axis axis{"", "", Scale::names};
  for (int i = 0; i < 20; ++i) axis.names.push_back(std::to_string(i));
  const PlotScale scale(axis, 0, 19, 0, 100);
  EXPECT_EQ(labels(scale.ticks(5)), "0 4 8 12 16");
}

TEST(PlotFrame, TextIsWrappedBetweenWords) {
  EXPECT_EQ(wrapped("where the time goes", 80),
            (std::vector<std::string>{"where the", "time goes"}));
  EXPECT_EQ(wrapped("unbreakable", 10).size(), 1U);
}

Plot example() {
  Plot plot{"example",
            "Awkward: <\"&'",
            "",
            {"load (1/s)", "rate", Scale::log},
            {"latency (µs)", "latency_us"}};
  plot.series = {{"a, \"b\"",
                  "a & b",
                  Shape::line_points,
                  0,
                  {},
                  false,
                  {{1'000, 100, 90.0, 120.0, {}, "p50: 100 < 120"}, {2'000, 150.5}}}};
  plot.marks = {{2'000, "saturated"}};
  return plot;
}

TEST(Plot, ItsTableReadsBack) {
  std::istringstream in(csv_of(example()));
  std::vector<double> values;
  std::string name;
  read_csv(in, "csv", [&](const CsvRow& row) {
    values.push_back(row.number("rate"));
    values.push_back(row.number("latency_us"));
    name = row.text("series");
    if (values.size() == 2) {
      EXPECT_EQ(row.number("low"), 90);
    } else {
      EXPECT_EQ(row.text("low"), "");
    }
  });
  EXPECT_EQ(values, (std::vector<double>{1'000, 100, 2'000, 150.5}));
  EXPECT_EQ(name, "a, \"b\"");
}

TEST(Plot, ItsDrawingIsWellFormedAndSaysEverything) {
  const Plot plot = example();
  const tests::Xml xml(drawing_of(plot, 400).file(plot.title));
  ASSERT_EQ(xml.problem(), "");
  EXPECT_EQ(xml.count("circle"), 3U);  // two points and the legend's
  for (const char* text : {"Awkward: <\"&'", "a & b", "load (1/s)", "latency (µs)", "saturated",
                           "p50: 100 < 120", "1,000"}) {
    EXPECT_NE(xml.text().find(text), std::string::npos) << text;
  }
}

TEST(Plot, ANarrowOneNamesItsTicksToo) {
  Plot plot = example();
  plot.x = {"share", "quantile", Scale::nines};
  plot.marks.clear();
  plot.series[0].points = {{0, 100}, {0.9, 200}, {0.99995, 300}};
  for (const double width : {350.0, 580.0, 760.0}) {
    const tests::Xml xml(drawing_of(plot, width).file(plot.title));
    EXPECT_NE(xml.text().find("99.9 %"), std::string::npos) << width;
  }
}

TEST(Plot, ThousandsOfTilesTakeFewBytes) {
  Plot plot{
      "pairs", "64 places", "", {"receives", "to", Scale::names}, {"sends", "from", Scale::names}};
  plot.series = {{"p50", "", Shape::tiles}};
  for (int i = 0; i < 64; ++i) {
    plot.x.names.push_back("rank " + std::to_string(i));
    for (int k = 0; k < 64; ++k) {
      const auto x = static_cast<double>(i), y = static_cast<double>(k);
      if (i != k) plot.series[0].points.push_back({x, y, {}, {}, 100 + x * y, "a note"});
    }
  }
  plot.y.names = plot.x.names;
  const tests::Xml xml(drawing_of(plot, 580).file(plot.title));
  EXPECT_EQ(xml.problem(), "");
  EXPECT_LT(xml.source().size(), 150'000U);
  EXPECT_EQ(xml.count("path"), 10U) << "one for each step of the colours";
}

TEST(Plot, WhatHasNoPlaceOnAnAxisIsNotDrawn) {
  Plot plot = example();
  plot.series[0].points = {{1'000, 5}, {0, 5}, {2'000, std::nan("")}};
  const tests::Xml xml(drawing_of(plot, 400).file(plot.title));
  EXPECT_EQ(xml.problem(), "");
  EXPECT_EQ(xml.count("circle"), 2U);
  EXPECT_EQ(xml.source().find("nan"), std::string::npos);
  EXPECT_EQ(xml.source().find("inf"), std::string::npos);
}

}  // namespace
}  // namespace trunkline::lab
