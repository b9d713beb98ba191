#include "lab/traffic_matrix.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>

namespace trunkline::lab {
namespace {

constexpr const char* kKinds =
    "uniform, zipf:S, neighbour:K, hotspot:P, a2a, perm, incast or file:PATH";

TrafficMatrix weighed(std::size_t places,
                      const std::function<double(std::size_t, std::size_t)>& weight) {
  TrafficMatrix matrix{places, std::vector<double>(places * places), false};
  for (std::size_t from = 0; from < places; ++from) {
    for (std::size_t to = 0; to < places; ++to) {
      if (from != to || places == 1) matrix.parts[from * places + to] = weight(from, to);
    }
  }
  return matrix;
}

// Of a random order, each sends to the next: nobody to itself, and all in one ring.
TrafficMatrix permuted(std::size_t places, std::uint64_t seed) {
  std::vector<std::size_t> order(places), next(places);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  for (std::size_t i = 0; i < places; ++i) next[order[i]] = order[(i + 1) % places];
  return weighed(places, [&](auto from, auto to) { return next[from] == to ? 1.0 : 0.0; });
}

TrafficMatrix read_matrix(const std::string& path, std::size_t places) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("--matrix: " + path + " cannot be read");
  TrafficMatrix matrix{places, {}, false};
  std::string line;
  for (std::size_t row = 1; std::getline(file, line); ++row) {
    std::istringstream numbers(line);
    std::size_t count = 0;
    for (double part = 0; numbers >> part; ++count) {
      if (!(part >= 0) || std::isinf(part)) count = places;
      matrix.parts.push_back(part);
    }
    if (!numbers.eof() || count != places || row > places) {
      throw std::runtime_error("--matrix: " + path + ", line " + std::to_string(row) +
                               ": there are " + std::to_string(places) +
                               " places, so it takes as many lines of as many numbers from 0 on");
    }
  }
  if (matrix.parts.size() != places * places) {
    throw std::runtime_error("--matrix: " + path +
                             " has fewer lines than there are places: " + std::to_string(places));
  }
  return matrix;
}

// What follows the colon, if `words` begin with this kind and it is a number within.
bool takes_number(const std::string& words, std::string_view kind, double least, double most,
                  double& number) {
  if (!words.starts_with(kind)) return false;
  const char* const last = words.data() + words.size();
  const auto [end, error] = std::from_chars(words.data() + kind.size(), last, number);
  return error == std::errc{} && end == last && number >= least && number <= most;
}

TrafficMatrix weighed_by(const std::string& words, std::size_t places, std::uint64_t seed) {
  constexpr std::string_view kFile = "file:";
  double number = 0;
  const auto evenly = [](auto, auto) { return 1.0; };
  if (words == "uniform") return weighed(places, evenly);
  if (words == "a2a") {
    TrafficMatrix matrix = weighed(places, evenly);
    matrix.in_turn = true;
    return matrix;
  }
  if (words == "perm") return permuted(places, seed);
  if (words == "incast") {
    return weighed(places, [](auto, auto to) { return to == 0 ? 1.0 : 0.0; });
  }
  if (takes_number(words, "zipf:", 0, 100, number)) {
    return weighed(
        places, [number](auto, auto to) { return std::pow(static_cast<double>(to + 1), -number); });
  }
  if (takes_number(words, "neighbour:", 1, 1e6, number) && number == std::floor(number)) {
    return weighed(places, [&](auto from, auto to) {
      const std::size_t ahead = (to + places - from) % places;
      const auto nearest = static_cast<double>(std::min(ahead, places - ahead));
      return nearest <= number ? 1.0 : 0.0;
    });
  }
  if (takes_number(words, "hotspot:", 0, 1, number)) {
    // The first place sends nothing to itself; what it sends is spread evenly.
    const auto others = static_cast<double>(places) - 1;
    return weighed(places, [&](auto from, auto to) {
      if (places == 1 || from == 0) return 1 / std::max(1.0, others);
      return (to == 0 ? number : 0) + (1 - number) / others;
    });
  }
  if (words.starts_with(kFile)) return read_matrix(words.substr(kFile.size()), places);
  throw std::runtime_error("--matrix takes " + std::string(kKinds) + ", not " + words);
}

}  // namespace

TrafficMatrix make_traffic_matrix(const std::string& words, std::size_t places,
                                  std::uint64_t seed) {
  TrafficMatrix matrix = weighed_by(words, places, seed);
  const double all = std::accumulate(matrix.parts.begin(), matrix.parts.end(), 0.0);
  if (!(all > 0)) throw std::runtime_error("--matrix " + words + ": nobody sends anything");
  for (double& part : matrix.parts) part /= all;
  return matrix;
}

}  // namespace trunkline::lab
