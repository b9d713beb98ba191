#include "cluster/trace_tools.h"

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "lab/cluster_trace.h"
#include "lab/stage_names.h"
#include "wire/run_directory.h"

namespace trunkline::cluster {
namespace {

using lab::ClusterTrace;

void print(const std::vector<ClusterTrace::State>& states) {
  std::uint64_t lost = 0;
  for (const ClusterTrace::State& state : states) {
    std::printf("%-16s %-4s %8" PRIu64 " cards waiting %8" PRIu64 " lost\n", state.process.c_str(),
                state.on ? "on" : "off", state.cards, state.lost);
    lost += state.lost;
  }
  if (lost > 0)
    std::puts("rings were full: fetch them sooner (dump), or make them larger (--cards)");
}

// Some people will read it with pandas: one row a card, units in the header.
std::size_t write_csv(std::FILE* out, const std::vector<ClusterTrace::Cards>& all) {
  std::size_t count = 0;
  std::fputs("process,message,stage,at_ns,node,idle,turn_began_ns\n", out);
  for (const ClusterTrace::Cards& of : all) {
    for (const wire::Card& card : of.cards) {
      const wire::TurnDetail turn = wire::turn_detail(card.detail);
      const bool told = turn.idle != wire::Idle::untold;
      std::fprintf(out, "%s,%016" PRIx64 ",%s,%" PRIu64 ",%u,%s,%s\n", of.process.c_str(), card.id,
                   lab::word_of(card.stage).c_str(), card.ns, unsigned{card.node},
                   std::string(lab::word_of(turn.idle)).c_str(),
                   told ? std::to_string(card.ns - turn.begun_ns).c_str() : "");
      ++count;
    }
  }
  return count;
}

int dump(ClusterTrace& trace, const std::string& path) {
  const auto close = [](std::FILE* file) { return file == stdout ? 0 : std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(
      path.empty() ? stdout : std::fopen(path.c_str(), "w"), close);
  if (!file) throw std::runtime_error("cannot write " + path);
  const std::size_t count = write_csv(file.get(), trace.take());
  if (std::fflush(file.get()) != 0) throw std::runtime_error("cannot write all of it");
  std::fprintf(stderr, "%zu cards; they are gone from the servers\n", count);
  return 0;
}

}  // namespace

int administer_trace(const Where& where, const TraceCommand& command) {
  using Verb = TraceCommand::Verb;
  ClusterTrace trace(
      wire::read_cluster_file(wire::find_run_directory(where.run_directory, where.data)));
  switch (command.verb) {
    case Verb::on:
      print(trace.on(command.cards));
      return 0;
    case Verb::off:
      print(trace.off());
      return 0;
    case Verb::dump:
      return dump(trace, command.file);
    default:
      print(trace.status());
      return 0;
  }
}

}  // namespace trunkline::cluster
