// The stations of a road, and how long a question to each took there and back. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace trunkline::cluster {

struct Station {
  std::string name;
  std::string road;        // by which it is reached from `before`
  std::size_t before = 0;  // the station on the way to it; of the first one: itself
  std::vector<double> rtts_us = {};
  unsigned unanswered = 0;
};

// Of what was answered; all 0 where nothing was. `p50`: the lower of two in the middle.
struct RoundTrips {
  double min = 0, p50 = 0, max = 0;
};
RoundTrips round_trips(const Station& station);

// What the hop to `station` takes by itself: the difference of two p50, both round trips. It may be
// below 0 where the hop is shorter than the noise.
double hop_us(const std::vector<Station>& road, const Station& station);

// For people: a line for each hop, under a head that names units and says that all are round trips.
std::string road_text(const std::vector<Station>& road);
// For programs: an array of objects.
std::string road_json(const std::vector<Station>& road);

}  // namespace trunkline::cluster
