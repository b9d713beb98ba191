// What an edge loop tells about itself: /healthz and /metrics.
#include <boost/json.hpp>

#include "edge/loop.h"

namespace trunkline::edge {
namespace {
constexpr std::int64_t kPublishEveryUs = 1'000'000;
}

std::string Loop::health() const {
  boost::json::object health{{"status", leaving_       ? "draining"
                                        : is_healthy() ? "ok"
                                                       : "no rank"},
                             {"edge", config_.name},
                             {"epoch", gateway_.epoch()},
                             {"sessions", gateway_.counters().sessions}};
  if (gateway_.rank() != wire::kNoRank) health["rank"] = gateway_.rank();
  return boost::json::serialize(health) + "\n";
}

ThreadCounters Loop::thread_counters() const {
  return {counters_, gateway_.counters(), gateway_.port_up()};
}

// All threads of this edge: this one as it is now, the others as they were within the last second
// in which they had something to do.
std::string Loop::own_metrics() {
  auto all = shared_->published();
  all[thread_] = thread_counters();
  return metrics_text(config_.name, all);
}

void Loop::ask_metrics(Connection& connection) {
  step(AdminAsked{connection.id(), wire::AdminVerb::metrics});
}

void Loop::publish_counters() {
  if (now_.mono_us - published_us_ < kPublishEveryUs) return;
  published_us_ = now_.mono_us;
  shared_->publish(thread_, thread_counters());
}

}  // namespace trunkline::edge
