#include "lab/checks.h"

#include <algorithm>

#include "lab/format.h"

namespace trunkline::lab {
namespace {

constexpr double kShareLeast = 0.99;   // of what was due
constexpr double kLatenessMost = 0.1;  // of the median latency

std::uint64_t missing(std::uint64_t sent, std::uint64_t came) {
  return sent > came ? sent - came : 0;
}

Check none_of(const char* name, std::uint64_t count, const char* what) {
  return {name,       CheckKind::promise,
          count == 0, static_cast<double>(count),
          0,          format("%llu %s", static_cast<unsigned long long>(count), what)};
}

Check most_of(const char* name, CheckKind kind, double part, double due, const char* what) {
  const double share = due > 0 ? part / due : 0;
  return {name,
          kind,
          share >= kShareLeast,
          share,
          kShareLeast,
          format("%.2f %% of what was due in the measured time was %s; wanted are %.0f %%",
                 100 * share, what, 100 * kShareLeast)};
}

// What the generator was late by is part of what it calls latency.
Check lateness_at(const char* name, CheckKind kind, const char* percentile, double quantile,
                  const Times& times) {
  const double late_us = static_cast<double>(times.lateness.at(quantile)) / 1000;
  const double latency_us = static_cast<double>(times.shown.at(quantile)) / 1000;
  const double most_us = kLatenessMost * latency_us;
  return {
      name,
      kind,
      late_us <= most_us,
      late_us,
      most_us,
      format("the %s of the generator's own lateness is %.1f us; a tenth of that of the latency "
             "is %.1f us",
             percentile, late_us, most_us)};
}

void add_promises(const LoadConfig& config, const TallySums& sums, std::vector<Check>& checks) {
  if (is_direct(config)) {
    checks.push_back(none_of("delivered", not_shown(sums),
                             "direct messages were dropped: latencies are those of the others"));
  } else {
    checks.push_back(none_of("delivered", not_shown(sums), "stored messages were lost"));
    checks.push_back(none_of("answered", not_answered(sums), "messages were never answered"));
  }
  checks.push_back(none_of("once", sums.duplicated, "messages were shown twice"));
  checks.push_back(none_of("ordered", sums.reordered, "messages were shown out of order"));
  checks.push_back({"arrived", CheckKind::validity, sums.shown > 0, static_cast<double>(sums.shown),
                    1,
                    format("%llu messages arrived", static_cast<unsigned long long>(sums.shown))});
}

void add_generator(const LoadResult& result, std::vector<Check>& checks) {
  const auto due = static_cast<double>(result.due);
  checks.push_back(most_of("schedule", CheckKind::validity,
                           static_cast<double>(result.measured.sent_in_time), due, "sent in it"));
  checks.push_back(lateness_at("generator", CheckKind::validity, "median", 0.5, result.times));
  checks.push_back(lateness_at("generator_tail", CheckKind::rest, "p99", 0.99, result.times));
  checks.push_back(most_of("kept_up", CheckKind::rest,
                           static_cast<double>(result.measured.shown_in_time), due, "shown in it"));
}

const char* meaning_of(Steadiness steadiness) {
  switch (steadiness) {
    case Steadiness::steady:
      return "the medians of tenths of a second neither rise nor fall";
    case Steadiness::trend:
      return "the medians of tenths of a second rise or fall: longer warm-up, or longer time";
    case Steadiness::saturated:
      return "more and more messages are under way: percentiles have no bound";
    case Steadiness::too_short:
      return "the measured time is too short to tell whether the cluster was at rest: 2 s at least";
  }
  return "";
}

std::uint64_t negative_hops(const HopTable& hops) {
  std::uint64_t sum = 0;
  for (const HopTable::Row& row : hops.rows()) sum += row.times->negatives();
  return sum;
}

// One clock leaves nothing to check but that it is one.
void add_clocks(const ClockFindings& clock, const HopTable& hops, std::vector<Check>& checks) {
  if (clock.contradicted()) {
    checks.push_back({"one_clock_a_node", CheckKind::rest, false, 1, 0, clock.problem()});
  }
  const bool compared = clock.problem().empty();
  const std::uint64_t count = compared ? clock.violations() : negative_hops(hops);
  if (!clock.looked() || (compared && clock.hosts() < 2)) return;
  const auto number = static_cast<unsigned long long>(count);
  checks.push_back(
      {"causality", CheckKind::rest, count == 0, static_cast<double>(count), 0,
       compared
           ? format("%llu hops took less than nothing by more than the bound of the clocks "
                    "(%.1f µs beyond it at most): the bound is wrong, or there is none",
                    number, static_cast<double>(clock.worst_violation_ns()) / 1000)
           : format("%llu hops took less than nothing, and clocks were not compared", number)});
}

}  // namespace

bool is_direct(const LoadConfig& config) {
  return config.message_class == wire::MessageClass::direct;
}

std::uint64_t not_shown(const TallySums& sums) {
  return missing(sums.sent, sums.shown + sums.refused);
}

std::uint64_t not_answered(const TallySums& sums) {
  return missing(sums.sent, sums.stored + sums.refused);
}

std::vector<Check> checks_of(const LoadConfig& config, const LoadResult& result) {
  std::vector<Check> checks;
  add_promises(config, result.sums, checks);
  add_clocks(result.clock, result.measured.hops, checks);
  // At the maximum rate nothing is due at a time, and latencies are those of full queues.
  if (config.window > 0) return checks;
  add_generator(result, checks);
  const Steadiness steadiness = steadiness_of(result.tenths, result.due);
  checks.push_back({"steady", CheckKind::rest, steadiness == Steadiness::steady,
                    static_cast<double>(steadiness), 0, meaning_of(steadiness)});
  return checks;
}

bool all_passed(const std::vector<Check>& checks) {
  return std::ranges::all_of(checks, &Check::passed);
}

bool all_passed(const std::vector<Check>& checks, CheckKind kind) {
  return std::ranges::all_of(
      checks, [kind](const Check& check) { return check.kind != kind || check.passed; });
}

}  // namespace trunkline::lab
