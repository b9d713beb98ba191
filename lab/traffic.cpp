#include "lab/traffic.h"

#include <algorithm>
#include <cmath>

namespace trunkline::lab {

Traffic::Traffic(const TrafficMatrix& matrix, std::size_t pairs, std::uint64_t seed)
    : in_turn_(matrix.in_turn), chance_(seed) {
  double until = 0;
  for (std::size_t from = 0; from < matrix.places; ++from) {
    for (std::size_t to = 0; to < matrix.places; ++to) {
      const double part = matrix.part(from, to);
      if (part == 0) continue;
      until += part;
      const double share = std::round(part * static_cast<double>(pairs));
      const auto count = static_cast<std::size_t>(std::max(1.0, share));
      groups_.push_back({until, pairs_.size(), count, 0});
      pairs_.insert(pairs_.end(), count, {from, to});
    }
  }
}

std::size_t Traffic::next() {
  if (groups_.empty()) return turn_++ % pairs_.size();
  auto group = groups_.begin();
  if (in_turn_) {
    group += static_cast<std::ptrdiff_t>(turn_++ % groups_.size());
  } else {
    const double drawn = std::generate_canonical<double, 53>(chance_) * groups_.back().until;
    group = std::upper_bound(groups_.begin(), groups_.end() - 1, drawn,
                             [](double at, const Group& one) { return at < one.until; });
  }
  return group->first + group->turn++ % group->count;
}

}  // namespace trunkline::lab
