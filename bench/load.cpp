// bench-load: the load generator. One run over one road; the result is one line of JSON.
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>

#include "bench/load_run.h"

namespace trunkline::bench {
namespace {

namespace json = boost::json;

json::object to_json(const Percentiles& p) {
  return {{"count", p.count}, {"p50", p.p50},   {"p90", p.p90},
          {"p99", p.p99},     {"p999", p.p999}, {"max", p.max}};
}

json::object to_json(const LoadResult& r) {
  return {{"latency", to_json(r.latency)},
          {"lateness", to_json(r.lateness)},
          {"acknowledged", to_json(r.acknowledged)},
          {"delivered_per_second", r.delivered_per_second},
          {"acknowledged_per_second", r.acknowledged_per_second},
          {"cpu_us", r.server_cpu_us_per_message},
          {"sleeps", r.server_sleeps_per_message},
          {"generator_cores", r.generator_cores},
          {"sent", r.sent},
          {"lost", r.lost},
          {"repeated", r.repeated},
          {"reordered", r.reordered}};
}

int run(int argc, char** argv) {
  CLI::App app("Load generator of the benchmarks; see bench/README.md");
  LoadConfig config;
  std::string road;
  std::vector<std::string> urls;
  app.add_option("--road", road, "the system under test")
      ->required()
      ->check(CLI::IsMember({"floor", "nats", "direct", "stored"}));
  app.add_option("--urls", urls, "of the two edges")->required()->expected(2)->delimiter(',');
  app.add_option("--pairs", config.pairs);
  app.add_option("--rate", config.rate_per_second,
                 "messages a second over all pairs; 0: by window");
  app.add_option("--window", config.window, "messages under way, per pair");
  app.add_flag("--by-acknowledgement", config.by_acknowledgement);
  app.add_option("--payload", config.payload_bytes);
  app.add_option("--warmup", config.warmup_s);
  app.add_option("--seconds", config.seconds);
  app.add_option("--pids", config.server_pids)->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  config.sender_url = urls[0];
  config.receiver_url = urls[1];
  prctl(PR_SET_TIMERSLACK, 1UL);  // nanoseconds: sends shall be on time
  std::cout << json::serialize(to_json(run_load(config, maker_of(road)))) << std::endl;
  return 0;
}

}  // namespace
}  // namespace trunkline::bench

int main(int argc, char** argv) {
  try {
    return trunkline::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench-load: " << error.what() << '\n';
    return 1;
  }
}
