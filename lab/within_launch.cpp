#include "lab/within_launch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace trunkline::lab {
namespace {

constexpr std::size_t kTenthsLeast = 20;
constexpr std::size_t kUnitsMost = 200;  // more are put together, so that it takes no second
constexpr std::size_t kDraws = 500;

using Percentiles = std::array<double, std::size(kPercentiles)>;

// Units of time, each with its counts at the places that any of them has.
class Units {
 public:
  explicit Units(const std::vector<SparseCounts>& tenths)
      : tenths_in_one_((tenths.size() + kUnitsMost - 1) / kUnitsMost) {
    std::map<std::uint32_t, std::uint32_t> place_to_index;
    for (const SparseCounts& tenth : tenths) {
      for (const PlaceCount& one : tenth) place_to_index.emplace(one.place, 0);
    }
    for (auto& [place, index] : place_to_index) {
      index = static_cast<std::uint32_t>(values_us_.size());
      values_us_.push_back(static_cast<double>(Histogram::value_at(place)) / 1000);
    }
    units_.resize((tenths.size() + tenths_in_one_ - 1) / tenths_in_one_);
    for (std::size_t i = 0; i < tenths.size(); ++i) {
      for (const PlaceCount& one : tenths[i]) {
        units_[i / tenths_in_one_].push_back({place_to_index.at(one.place), one.count});
      }
    }
  }

  std::size_t size() const { return units_.size(); }
  std::size_t tenths_in_one() const { return tenths_in_one_; }

  // Of all of them, drawn anew in blocks.
  Percentiles drawn(std::size_t block, std::mt19937_64& chance) const {
    std::uniform_int_distribution<std::size_t> begin(0, units_.size() - block);
    std::vector<std::uint64_t> counts(values_us_.size());
    std::uint64_t all = 0;
    for (std::size_t taken = 0; taken < units_.size();) {
      const std::size_t first = begin(chance);
      for (std::size_t i = 0; i < block && taken < units_.size(); ++i, ++taken) {
        for (const PlaceCount& one : units_[first + i]) {
          counts[one.place] += one.count;
          all += one.count;
        }
      }
    }
    return percentiles_of(counts, all);
  }

 private:
  Percentiles percentiles_of(const std::vector<std::uint64_t>& counts, std::uint64_t all) const {
    Percentiles values{};
    std::uint64_t seen = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < counts.size() && next < values.size(); ++i) {
      seen += counts[i];
      while (next < values.size() && seen > 0 &&
             static_cast<double>(seen) >= kPercentiles[next].quantile * static_cast<double>(all)) {
        values[next++] = values_us_[i];
      }
    }
    return values;
  }

  std::size_t tenths_in_one_;
  std::vector<double> values_us_;
  std::vector<SparseCounts> units_;
};

std::uint64_t sum_of(const std::vector<SparseCounts>& tenths) {
  std::uint64_t sum = 0;
  for (const SparseCounts& tenth : tenths) {
    for (const PlaceCount& one : tenth) sum += one.count;
  }
  return sum;
}

}  // namespace

SparseCounts sparse_counts(const Histogram& histogram) {
  SparseCounts sparse;
  const auto& counts = histogram.counts();
  for (std::size_t place = 0; place < counts.size(); ++place) {
    if (counts[place] == 0) continue;
    sparse.push_back(
        {static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(counts[place])});
  }
  return sparse;
}

std::optional<WithinLaunch> within_launch(const std::vector<SparseCounts>& tenths,
                                          std::uint64_t seed) {
  const std::uint64_t count = sum_of(tenths);
  if (tenths.size() < kTenthsLeast || count == 0) return std::nullopt;
  const Units units(tenths);
  const auto block =
      static_cast<std::size_t>(std::ceil(std::cbrt(static_cast<double>(units.size()))));
  std::mt19937_64 chance(seed);
  std::array<std::vector<double>, std::size(kPercentiles)> drawn;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const Percentiles values = units.drawn(block, chance);
    for (std::size_t at = 0; at < values.size(); ++at) drawn[at].push_back(values[at]);
  }
  WithinLaunch result;
  result.block_s = static_cast<double>(block * units.tenths_in_one()) / 10;
  constexpr auto kOutside = static_cast<std::size_t>(kDraws * (1 - kConfidence) / 2);
  for (std::size_t at = 0; at < drawn.size(); ++at) {
    if (count < samples_needed(kPercentiles[at].quantile)) continue;
    std::sort(drawn[at].begin(), drawn[at].end());
    result.intervals[at] =
        Interval{drawn[at][kOutside], drawn[at][kDraws - 1 - kOutside], kConfidence};
  }
  return result;
}

}  // namespace trunkline::lab
