#include "tests/cluster/under_fire.h"

#include <signal.h>

#include <cstdio>

#include "wire/cluster_file.h"

namespace trunkline::tests {
namespace {

SupervisedCluster::Options options_of(Placement placement, unsigned ranks, unsigned edges,
                                      unsigned pairs, std::vector<std::string> environment) {
  SupervisedCluster::Options options;
  options.ranks = ranks;
  const bool processes = cluster::has_edge_processes(placement);
  options.edges = processes ? std::to_string(edges) : std::string(to_string(placement));
  options.accounts = PairsUnderLoad::names(pairs);
  if (placement == Placement::host) options.more = {"--edge-link", "tcp"};
  options.environment = std::move(environment);
  return options;
}

}  // namespace

UnderFire::UnderFire(Placement placement, unsigned edges, std::vector<std::string> environment)
    : placement_(placement),
      cluster_(options_of(placement, kRanks, edges, kPairs, std::move(environment))) {}

void UnderFire::run(const std::string& where, PairsUnderLoad& load,
                    const std::vector<Fault>& faults) {
  ASSERT_TRUE(load.begin());
  FaultTable table;
  for (unsigned round = 0; round < kill_rounds(); ++round) {
    for (const Fault& fault : faults) {
      const Seen before = load.seen();
      load.expect_fault();
      fault.happen(round);
      PairsUnderLoad::Wait wait;
      ASSERT_TRUE(load.go_on(wait)) << "after: " << fault.name;
      Seen seen = load.seen();
      seen -= before;
      table.add(fault.name, wait, seen);
      std::printf("%s: %s: clients saw %s; first new STORED after %.2f s, of every pair %.2f s\n",
                  where.c_str(), fault.name.c_str(), to_string(seen).c_str(), wait.first_s,
                  wait.last_s);
      std::fflush(stdout);
    }
  }
  EXPECT_TRUE(load.finish()) << "not all was answered and shown";
  const Verdict verdict = load.verdict();
  EXPECT_EQ(verdict.wrong(), 0u) << to_string(verdict);
  EXPECT_GT(verdict.refused, 0u) << "nobody wrote to nobody";
  std::fputs(table.text(where, verdict).c_str(), stdout);
}

void UnderFire::stop() {
  EXPECT_EQ(cluster_.stop(), 0);
  EXPECT_TRUE(cluster_.left().empty());
}

void UnderFire::strike(pid_t pid, int signal) {
  job_before_ = job();
  lines_before_ = cluster_.said().size();
  EXPECT_EQ(::kill(pid, signal), 0);
}

std::string UnderFire::job() const {
  try {
    return wire::read_cluster_file(cluster_.run_directory()).job;
  } catch (const std::runtime_error&) {
    return {};
  }
}

void UnderFire::wait_for_successor(PairsUnderLoad& load) {
  EXPECT_TRUE(load.run_until([&] { return !job().empty() && job() != job_before_; }));
  if (!has_edge_processes()) load.move(cluster_.urls_now());
}

std::string UnderFire::expect_said(PairsUnderLoad& load, const std::string& what) {
  std::vector<std::string> found;
  EXPECT_TRUE(load.run_until([&] {
    found = cluster_.said();
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(lines_before_));
    std::erase_if(found, [&](const auto& line) { return line.find(what) == line.npos; });
    return !found.empty();
  })) << "nothing was said of: "
      << what;
  EXPECT_LE(found.size(), 1u) << what;
  return found.empty() ? std::string() : found.front();
}

}  // namespace trunkline::tests
