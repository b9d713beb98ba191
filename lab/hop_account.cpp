#include "lab/hop_account.h"

#include <algorithm>

#include "lab/hops.h"

namespace trunkline::lab {
namespace {

// Client, first edge, first rank, last rank, last edge, client again.
int process_of(wire::Stamp stamp) {
  switch (stamp) {
    case wire::Stamp::client_send:
      return 0;
    case wire::Stamp::edge_in:
    case wire::Stamp::edge_out:
      return 1;
    case wire::Stamp::rank_in:
    case wire::Stamp::rank_link:
      return 2;
    case wire::Stamp::rank_matched:
    case wire::Stamp::rank_out:
      return 3;
    case wire::Stamp::edge_back:
    case wire::Stamp::edge_write:
      return 4;
    case wire::Stamp::client_receive:
      return 5;
  }
  return 0;
}

// A message that met no MPI has one rank, which is the first and the last.
bool is_between_clocks(const std::string& series) {
  if (const auto stretch = stretch_of_wait(series)) return is_between_processes(*stretch);
  const auto ends = stamps_of_hop(series);
  if (!ends) return false;
  const auto& [from, to] = *ends;
  const bool one_rank = from == wire::Stamp::rank_in && to == wire::Stamp::rank_out;
  return process_of(from) != process_of(to) && !one_rank;
}

HopMean mean_of(const ExperimentData& data, const std::string& arm, std::size_t cell,
                const std::string& series) {
  HopMean mean{series, 0, 0, is_between_clocks(series), {}};
  double sum = 0;
  for (const SeriesRun& one : data.series) {
    const bool wanted = one.run->cell == cell && one.run->arm == arm && one.series == series;
    if (!wanted || !one.run->counts()) continue;
    const auto bound = one.run->hop_bounds_us.find(series);
    if (bound != one.run->hop_bounds_us.end()) {
      mean.bound_us = std::max(mean.bound_us.value_or(0), bound->second);
    }
    mean.n += one.n;
    sum += one.mean_us * static_cast<double>(one.n);
  }
  if (mean.n > 0) mean.mean_us = sum / static_cast<double>(mean.n);
  return mean;
}

HopAccount account_of(const ExperimentData& data, const std::string& arm, std::size_t cell,
                      const std::string& whole_series, const std::string& prefix) {
  HopAccount account;
  const HopMean whole = mean_of(data, arm, cell, whole_series);
  account.messages = whole.n;
  account.whole_us = whole.mean_us;
  if (whole.n == 0) return account;
  for (const std::string& series : series_of_cell(data, cell, prefix)) {
    HopMean hop = mean_of(data, arm, cell, series);
    if (hop.n == 0) continue;
    account.sum_us += hop.mean_us * static_cast<double>(hop.n) / static_cast<double>(whole.n);
    account.hops.push_back(std::move(hop));
  }
  return account;
}

}  // namespace

HopAccount hop_account(const ExperimentData& data, const std::string& arm, std::size_t cell) {
  return account_of(data, arm, cell, "end_to_end", "hop:");
}

std::vector<IdleShare> idle_shares(const ExperimentData& data, const std::string& arm,
                                   std::size_t cell, const std::string& hop_series) {
  std::vector<IdleShare> shares;
  const std::size_t colon = hop_series.find(':');
  for (std::size_t i = 1; i < wire::kIdleCount; ++i) {
    const auto idle = static_cast<wire::Idle>(i);
    const std::string series = std::string(word_of(idle)) + hop_series.substr(colon);
    HopMean mean = mean_of(data, arm, cell, series);
    if (mean.n > 0) shares.push_back({idle, std::move(mean)});
  }
  return shares;
}

HopAccount wait_account(const ExperimentData& data, const std::string& arm, std::size_t cell) {
  return account_of(data, arm, cell, "waits", "wait:");
}

std::optional<double> clock_bound_us(const ExperimentData& data) {
  if (data.clock.empty()) return std::nullopt;
  double bound = 0;
  for (const ClockRow& row : data.clock) bound = std::max(bound, (row.high_ns - row.low_ns) / 2000);
  return bound;
}

}  // namespace trunkline::lab
