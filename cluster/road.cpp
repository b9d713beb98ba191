#include "cluster/road.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

namespace trunkline::cluster {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

// `width` columns, of which an umlaut or a µ takes one.
std::string padded(std::string text, std::size_t width, bool to_the_right = false) {
  const auto columns = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  const std::string room(columns < width ? width - columns : 0, ' ');
  return to_the_right ? room + text : text + room;
}

bool is_first(const std::vector<Station>& road, const Station& station) {
  return &road[station.before] == &station;
}

std::string hop_name(const std::vector<Station>& road, const Station& station) {
  const std::string from = is_first(road, station) ? "this program" : road[station.before].name;
  return from + " - " + station.name;
}

}  // namespace

RoundTrips round_trips(const Station& station) {
  if (station.rtts_us.empty()) return {};
  std::vector<double> sorted = station.rtts_us;
  std::sort(sorted.begin(), sorted.end());
  return {sorted.front(), sorted[(sorted.size() - 1) / 2], sorted.back()};
}

double hop_us(const std::vector<Station>& road, const Station& station) {
  const double here = round_trips(station).p50;
  return is_first(road, station) ? here : here - round_trips(road[station.before]).p50;
}

std::string road_text(const std::vector<Station>& road) {
  std::size_t width = 3;
  for (const Station& station : road) width = std::max(width, hop_name(road, station).size());
  std::string text = padded("hop", width) + "  " + padded("road", 12) + "  " +
                     padded("hop rtt µs", 10, true) + "  from here: rtt µs min/p50/max\n";
  for (const Station& station : road) {
    text += padded(hop_name(road, station), width) + "  " + padded(station.road, 12) + "  ";
    if (station.rtts_us.empty()) {
      text += padded("-", 10, true) + "  no answer\n";
      continue;
    }
    const RoundTrips trips = round_trips(station);
    const double hop = hop_us(road, station);
    text += padded(hop < 1 ? "< noise" : number(hop), 10, true) + "  " + number(trips.min) + "/" +
            number(trips.p50) + "/" + number(trips.max);
    if (station.unanswered > 0) text += "  " + std::to_string(station.unanswered) + " unanswered";
    text += "\n";
  }
  return text;
}

std::string road_json(const std::vector<Station>& road) {
  boost::json::array hops;
  for (const Station& station : road) {
    const RoundTrips trips = round_trips(station);
    const bool any = !station.rtts_us.empty();
    hops.push_back({{"from", is_first(road, station) ? "this program" : road[station.before].name},
                    {"to", station.name},
                    {"road", station.road},
                    {"hop_rtt_us", any ? boost::json::value(hop_us(road, station)) : nullptr},
                    {"from_here_rtt_us",
                     {{"min", trips.min},
                      {"p50", trips.p50},
                      {"max", trips.max},
                      {"answered", station.rtts_us.size()},
                      {"unanswered", station.unanswered}}}});
  }
  return boost::json::serialize(hops);
}

}  // namespace trunkline::cluster
