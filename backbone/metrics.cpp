#include "backbone/metrics.h"

#include <boost/json.hpp>

namespace trunkline::backbone {
namespace {

// Collects lines of Prometheus text, all with the label of this rank.
class Exposition {
 public:
  explicit Exposition(wire::RankId rank) : label_("rank=\"" + std::to_string(rank) + "\"") {}

  void counter(const std::string& name, std::uint64_t value) {
    begin(name, "counter");
    line(name, "", value);
  }
  void gauge(const std::string& name, std::uint64_t value) {
    begin(name, "gauge");
    line(name, "", value);
  }
  // One metric of several lines, told apart by a label.
  void begin(const std::string& name, const char* type) {
    text_ += "# TYPE trunkline_rank_" + name + " " + type + "\n";
  }
  void line(const std::string& name, const std::string& label, std::uint64_t value) {
    text_ += "trunkline_rank_" + name + "{" + label_ + label + "} " + std::to_string(value) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string label_, text_;
};

std::string labelled(const char* name, std::string_view value) {
  return std::string(",") + name + "=\"" + std::string(value) + "\"";
}

void add_traffic(Exposition& out, const RankFacts& facts) {
  const routing::RouterCounters& router = *facts.router;
  out.counter("port_batches_in_total", router.port_batches_in);
  out.counter("port_batches_out_total", router.port_batches_out);
  out.counter("port_frames_in_total", router.port_frames_in);
  out.counter("port_frames_out_total", router.port_frames_out);
  out.counter("port_unreachable_total", facts.port.unreachable);
  out.counter("port_malformed_total", facts.port.malformed);
  out.counter("port_keys_refused_total", facts.port.keys_refused);
  out.counter("ports_broken_total", router.ports_broken);
  out.counter("resets_total", router.resets);
  out.counter("link_batches_in_total", router.link_batches_in);
  out.counter("link_batches_out_total", router.link_batches_out);
  out.counter("link_frames_in_total", router.link_frames_in);
  out.counter("link_frames_out_total", router.link_frames_out);
  out.counter("link_bytes_in_total", facts.link.bytes_in);
  out.counter("link_bytes_out_total", facts.link.bytes_out);
  out.counter("link_bare_confirms_total", router.bare_confirms);
  out.counter("link_tests_total", facts.link.tests);
  out.counter("link_sends_pended_total", facts.link.sends_pended);
  out.counter("round_trips_total", router.round_trips);
  out.counter("bad_frames_total", router.bad_frames);
  out.counter("misdirected_total", router.misdirected);
}

void add_messages(Exposition& out, const routing::RouterCounters& router) {
  out.counter("sends_total", router.sends);
  out.counter("stored_total", router.stored);
  out.counter("repeats_total", router.repeats);
  out.counter("fenced_total", router.fenced);
  out.counter("delivered_total", router.delivered);
  out.counter("copies_total", router.copies);
  out.counter("direct_in_total", router.direct_in);
  out.counter("direct_delivered_total", router.direct_delivered);
  out.begin("direct_dropped_total", "counter");
  out.line("direct_dropped_total", labelled("cause", "pressure"), router.direct_dropped_pressure);
  out.line("direct_dropped_total", labelled("cause", "offline"), router.direct_dropped_offline);
  out.counter("direct_detours_total", router.direct_detours);
  out.counter("hints_total", router.hints);
  out.counter("attaches_total", router.attaches);
  out.counter("detaches_total", router.detaches);
  out.counter("replaced_total", router.replaced);
  out.counter("revoked_total", router.revoked);
  out.begin("refused_total", "counter");
  for (std::size_t code = 0; code < std::size(router.refused); ++code) {
    if (router.refused[code] == 0) continue;
    out.line("refused_total", labelled("code", to_string(static_cast<wire::Code>(code))),
             router.refused[code]);
  }
}

void add_process(Exposition& out, const RankFacts& facts) {
  out.gauge("epoch", facts.epoch);
  out.begin("storage_info", "gauge");
  out.line("storage_info", labelled("storage", facts.storage), 1);
  out.gauge("ports", facts.router->ports);
  out.gauge("sessions", facts.router->sessions);
  out.gauge("mailboxes", facts.router->mailboxes);
  out.gauge("store_queued", facts.store_queued);
  out.counter("store_commits_total", facts.store.commits);
  out.counter("store_commit_microseconds_total", facts.store.commit_us);
  out.counter("store_records_total", facts.store.records);
  out.counter("store_bytes_total", facts.store.bytes);
  out.counter("store_taken_back_total", facts.store.taken_back);
  out.counter("store_archived_total", facts.store.archived);
  out.counter("store_trimmed_total", facts.store.trimmed);
  out.counter("store_loads_total", facts.store.loads);
  out.counter("store_damaged_total", facts.store.damaged);
  out.counter("turns_total", facts.turns);
  out.counter("sleeps_total", facts.sleep.sleeps);
  out.begin("wakeups_total", "counter");
  for (std::size_t cause = 0; cause < facts.sleep.woken.size(); ++cause) {
    out.line("wakeups_total", labelled("cause", to_string(static_cast<Wake>(cause))),
             facts.sleep.woken[cause]);
  }
  out.counter("rings_total", facts.router->rings);
  out.counter("rerings_total", facts.router->rerings);
  out.counter("rings_unsent_total", facts.doorbell.unrung);
  out.counter("rings_heard_total", facts.doorbell.heard);
  out.counter("rings_of_strangers_total", facts.doorbell.strangers);
}

}  // namespace

std::string metrics_text(const RankFacts& facts) {
  Exposition out(facts.rank);
  add_process(out, facts);
  add_traffic(out, facts);
  add_messages(out, *facts.router);
  return out.take();
}

std::string status_json(const RankFacts& facts) {
  boost::json::object whole{
      {"rank", facts.rank},
      {"ranks", facts.ranks},
      {"state", facts.state},
      {"epoch", facts.epoch},
      {"host", facts.host},
      {"pid", facts.pid},
      {"version", facts.version},
      {"up_s", facts.up_us / 1'000'000},
      {"storage", facts.storage},
      {"idle", facts.idle},
      {"url", facts.url},
      {"ports", facts.router->ports},
      {"sessions", facts.router->sessions},
      {"mailboxes", facts.router->mailboxes},
      {"stored", facts.router->stored},
      {"delivered", facts.router->delivered},
      {"link_frames_in", facts.router->link_frames_in},
      {"link_frames_out", facts.router->link_frames_out},
      {"store_queued", facts.store_queued},
  };
  if (!facts.storage_warning.empty()) whole["storage_warning"] = facts.storage_warning;
  return boost::json::serialize(whole);
}

}  // namespace trunkline::backbone
