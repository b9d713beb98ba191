// What the ranks count themselves: dropped direct messages by cause, and what woke them.
#pragma once

#include <map>
#include <string>

#include "wire/cluster_file.h"

namespace trunkline::lab {

// Values by what follows "trunkline_rank_" in the ranks' metrics, the label `rank` left out, summed
// over all ranks: direct_dropped_total{cause="pressure"}.
using ServerCounters = std::map<std::string, double>;

// Asks every rank by its admin socket; blocks. Throws std::runtime_error if one does not answer.
ServerCounters read_server_counters(const wire::ClusterFile& cluster);
ServerCounters difference(const ServerCounters& after, const ServerCounters& before);
// The part of `counters` with this name, by the value of its one label that is left.
std::map<std::string, double> by_label(const ServerCounters& counters, const std::string& name);

// One rank's metrics (Prometheus text), added to `counters`.
void add_metrics(ServerCounters& counters, const std::string& text);

}  // namespace trunkline::lab
