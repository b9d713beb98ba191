#include "lab/schedule.h"

namespace trunkline::lab {

Schedule::Schedule(const std::string& arrivals, double rate_per_second, std::uint64_t seed,
                   Traffic traffic, Share share, std::int64_t length_ns)
    : arrivals_(make_arrivals(arrivals, rate_per_second, seed)),
      traffic_(std::move(traffic)),
      share_(share),
      length_ns_(length_ns) {}

Schedule::Message Schedule::next() {
  for (;;) {
    const std::int64_t due_ns = arrivals_->next();
    if (due_ns >= length_ns_) return {};
    const std::size_t pair = traffic_.next();
    if (share_.has(pair)) return {due_ns, pair};
  }
}

}  // namespace trunkline::lab
