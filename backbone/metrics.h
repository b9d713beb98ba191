// What a rank tells of itself: `metrics` as Prometheus text, `status` as JSON. Pure: facts in, text
// out.
#pragma once

#include <string>

#include "backbone/doorbell.h"
#include "backbone/edge_port.h"
#include "backbone/rank_link.h"
#include "backbone/sleeper.h"
#include "persistence/store.h"
#include "routing/router.h"

namespace trunkline::backbone {

// Where the process stands in its life; see leaving.h.
struct RankFacts {
  wire::RankId rank = 0;
  std::size_t ranks = 1;
  wire::Epoch epoch = 0;
  std::string host, version, storage, idle, url, state;
  std::string storage_warning;  // persistence/storage_place.h
  std::int64_t pid = 0;
  std::int64_t up_us = 0;
  std::uint64_t turns = 0;
  std::size_t store_queued = 0;
  const routing::RouterCounters* router = nullptr;
  persistence::StoreCounters store;
  LinkCounters link;
  EdgePortCounters port;
  DoorbellCounters doorbell;
  SleepCounters sleep;
};

std::string metrics_text(const RankFacts& facts);
std::string status_json(const RankFacts& facts);

}  // namespace trunkline::backbone
