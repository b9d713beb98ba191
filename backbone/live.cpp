#include "backbone/live.h"

#include <boost/json.hpp>

namespace trunkline::backbone {
namespace {

namespace json = boost::json;

json::object counters_of(const RankFacts& facts) {
  const routing::RouterCounters& router = *facts.router;
  json::object counters{
      {"sends", router.sends},
      {"stored", router.stored},
      {"delivered", router.delivered},
      {"direct_in", router.direct_in},
      {"direct_delivered", router.direct_delivered},
      {"direct_dropped", router.direct_dropped_pressure + router.direct_dropped_offline},
      {"link_frames_out", router.link_frames_out},
      {"link_bytes_out", facts.link.bytes_out},
      {"commits", facts.store.commits},
      {"commit_us", facts.store.commit_us},
      {"turns", facts.turns},
      {"sleeps", facts.sleep.sleeps},
  };
  for (std::size_t cause = 0; cause < facts.sleep.woken.size(); ++cause) {
    const std::string name(to_string(static_cast<Wake>(cause)));
    counters["woken_by_" + name] = facts.sleep.woken[cause];
  }
  return counters;
}

json::object depths_of(const RankFacts& facts, const routing::Router::Live& live) {
  return {{"sessions", facts.router->sessions},
          {"store_queued", facts.store_queued},
          {"records_queued", live.records_queued},
          {"sends_waiting_for_writer", live.sends_waiting_for_writer},
          {"sends_waiting_for_credit", live.sends_waiting_for_credit},
          {"link_queued_bytes", live.link_queued_bytes},
          {"link_batches_unconfirmed", live.link_batches_unconfirmed},
          {"port_unconfirmed_bytes", live.port_unconfirmed_bytes}};
}

}  // namespace

std::string live_json(const RankFacts& facts, const routing::Router::Live& live) {
  json::array round_trips;
  for (const auto& took_us : live.round_trips_us) {
    round_trips.push_back(took_us ? json::value(*took_us) : nullptr);
  }
  return json::serialize(json::object{{"rank", facts.rank},
                                      {"ranks", facts.ranks},
                                      {"host", facts.host},
                                      {"epoch", facts.epoch},
                                      {"storage", facts.storage},
                                      {"version", facts.version},
                                      {"up_us", facts.up_us},
                                      {"counters", counters_of(facts)},
                                      {"depths", depths_of(facts, live)},
                                      {"round_trips_us", std::move(round_trips)}});
}

}  // namespace trunkline::backbone
