#include "lab/hops.h"

#include <algorithm>

namespace trunkline::lab {

std::string_view name_of(wire::Stamp stamp) {
  switch (stamp) {
    case wire::Stamp::client_send:
      return "client A sends";
    case wire::Stamp::edge_in:
      return "edge A parsed";
    case wire::Stamp::edge_out:
      return "edge A to ZeroMQ";
    case wire::Stamp::rank_in:
      return "rank from ZeroMQ";
    case wire::Stamp::rank_link:
      return "rank to MPI";
    case wire::Stamp::rank_matched:
      return "rank from MPI";
    case wire::Stamp::rank_out:
      return "rank to ZeroMQ";
    case wire::Stamp::edge_back:
      return "edge B from ZeroMQ";
    case wire::Stamp::edge_write:
      return "edge B writes";
    case wire::Stamp::client_receive:
      return "client B has it";
  }
  return "";
}

std::string_view word_of(wire::Stamp stamp) {
  static constexpr std::string_view kWords[wire::kStampCount] = {
      "client_send",  "edge_in",  "edge_out",  "rank_in",    "rank_link",
      "rank_matched", "rank_out", "edge_back", "edge_write", "client_receive"};
  return kWords[static_cast<unsigned>(stamp)];
}

std::vector<Hop> hops_of(const wire::StampBlock& block) {
  std::vector<Hop> hops;
  bool begun = false;
  auto from = wire::Stamp::client_send;
  for (unsigned at = 0; at < wire::kStampCount; ++at) {
    const auto to = static_cast<wire::Stamp>(at);
    if (!block.has(to)) continue;
    if (begun) {
      // Stamps are the low 32 bits of a clock: their difference is right across a wrap.
      const std::uint32_t passed = block.at[at] - block.at[static_cast<unsigned>(from)];
      hops.push_back({from, to, static_cast<std::int32_t>(passed)});
    }
    begun = true;
    from = to;
  }
  return hops;
}

void HopTable::add(const wire::StampBlock& block) {
  std::int64_t sum = 0;
  for (const Hop& hop : hops_of(block)) {
    rows_[{hop.from, hop.to}].record(hop.nanoseconds);
    if (const wire::Idle idle = block.idle(hop.to); idle != wire::Idle::untold) {
      idle_rows_[{hop.from, hop.to, idle}].record(hop.nanoseconds);
    }
    sum += hop.nanoseconds;
  }
  end_to_end_.record(sum);
}

std::vector<HopTable::IdleRow> HopTable::idle_rows() const {
  std::vector<IdleRow> rows;
  for (const auto& [key, times] : idle_rows_) {
    rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), &times});
  }
  return rows;
}

std::vector<HopTable::Row> HopTable::rows() const {
  std::vector<Row> rows;
  for (const auto& [ends, times] : rows_) rows.push_back({ends.first, ends.second, &times});
  return rows;
}

}  // namespace trunkline::lab
