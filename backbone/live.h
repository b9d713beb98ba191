// What a rank tells the live page of an edge, as JSON: numbers only, no name of a user. Pure.
//
//   {"rank":0,"ranks":2,"host":"n1","epoch":7,"storage":"disk","version":"0.1.0","up_us":…,
//    "counters":{"stored":…,"woken_by_port":…,…},   only rise: rates are differences over up_us
//    "depths":{"sessions":…,"store_queued":…,…},    as they are now
//    "round_trips_us":[null,85]}                    to each rank, by this rank's clock
#pragma once

#include <string>

#include "backbone/metrics.h"

namespace trunkline::backbone {

std::string live_json(const RankFacts& facts, const routing::Router::Live& live);

}  // namespace trunkline::backbone
